// The Responses API with the OpenAI SDK, over Azure OpenAI and over v1: text, a stream, a tool, structured output.

import OpenAI, { AzureOpenAI } from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";

const endpoint = process.env.ZAFFRE_ENDPOINT;
const apiKey = process.env.ZAFFRE_KEY;

const ways = {
  azure: new AzureOpenAI({ endpoint, apiKey, apiVersion: "2025-04-01-preview" }),
  deployment: new AzureOpenAI({ endpoint, apiKey, apiVersion: "2025-04-01-preview", deployment: "able" }),
  v1: new OpenAI({ baseURL: endpoint + "/openai/v1", apiKey }),
};

const input = "How many feet are in a mile?";

async function stream(client) {
  let text = "";
  for await (const event of await client.responses.create({ model: "able", input, stream: true })) {
    if (event.type === "response.output_text.delta") text += event.delta;
    if (event.type === "response.completed") text += ` (${event.response.usage.output_tokens} tokens)`;
  }
  return text;
}

const parameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const tools = [{ type: "function", name: "get_weather", parameters, strict: true }];

async function tool(client) {
  const asked = await client.responses.create({ model: "able", input: "What is the weather in Seattle?", tools });
  const call = asked.output.find((item) => item.type === "function_call");
  const output = `Sunny in ${JSON.parse(call.arguments).city}`;
  const answer = await client.responses.create({
    model: "able",
    previous_response_id: asked.id,
    input: [{ type: "function_call_output", call_id: call.call_id, output }],
    tools,
  });
  return answer.output_text;
}

async function streamedTool(client) {
  const asked = client.responses.stream({ model: "able", input: "What is the weather in Seattle?", tools });
  const { output } = await asked.finalResponse();
  return `${output[0].name} ${output[0].arguments}`;
}

async function structured(client) {
  const format = zodTextFormat(z.object({ miles: z.number().int() }), "distance");
  const answer = await client.responses.parse({ model: "able", input: "How far is Portland?", text: { format } });
  return answer.output_parsed.miles;
}

// An answer stays on the server until it is deleted, unless the request said `store: false`.
async function stored(client) {
  const { id } = await client.responses.create({ model: "able", input });
  const kept = await client.responses.retrieve(id);
  await client.responses.delete(id);
  const gone = await client.responses.retrieve(id).catch((error) => error.status);
  return `${kept.output_text} ${gone}`;
}

for (const [way, client] of Object.entries(ways)) {
  console.log(`${way} answer:`, (await client.responses.create({ model: "able", input })).output_text);
  console.log(`${way} stream:`, await stream(client));
  console.log(`${way} tool:`, await tool(client));
  console.log(`${way} streamed tool:`, await streamedTool(client));
  console.log(`${way} structured:`, await structured(client));
  console.log(`${way} stored:`, await stored(client));
}
