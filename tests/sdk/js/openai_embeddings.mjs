// Embeddings, completions and the list of deployments with the OpenAI SDK, over Azure OpenAI and over v1.

import OpenAI, { AzureOpenAI } from "openai";

const endpoint = process.env.ZAFFRE_ENDPOINT;
const apiKey = process.env.ZAFFRE_KEY;

const ways = {
  azure: new AzureOpenAI({ endpoint, apiKey, apiVersion: "2024-10-21" }),
  v1: new OpenAI({ baseURL: endpoint + "/openai/v1", apiKey }),
};

// The SDK asks for base64 unless it is told otherwise, and turns it into numbers again.
async function embeddings(client, options) {
  const { data } = await client.embeddings.create({ model: "able-embed", input: ["one", "two"], ...options });
  return data.map(({ embedding }) => embedding);
}

function nearlyEqual(left, right) {
  return left.length === right.length && left.every((number, index) => Math.abs(number - right[index]) < 1e-6);
}

for (const [way, client] of Object.entries(ways)) {
  const vectors = await embeddings(client);
  const numbers = await embeddings(client, { encoding_format: "float" });
  const short = await embeddings(client, { dimensions: 8 });
  console.log(`${way} embeddings:`, vectors.length, vectors.every((each, index) => nearlyEqual(each, numbers[index])));
  console.log(`${way} dimensions:`, ...short.map((each) => each.length));

  const completion = await client.completions.create({ model: "able", prompt: "How many feet are in a mile?" });
  console.log(`${way} text:`, completion.choices[0].text);

  const names = [];
  for await (const model of client.models.list()) names.push(model.id);
  const model = await client.models.retrieve("ABLE");
  console.log(`${way} models:`, names.includes("able"), names.includes("able-embed"), model.id);
}
