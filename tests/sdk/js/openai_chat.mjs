// The OpenAI SDK's ways to the same deployments: Azure OpenAI, one deployment's address, a token, v1, and a project.

import OpenAI, { AzureOpenAI } from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

const endpoint = process.env.ZAFFRE_ENDPOINT;
const apiKey = process.env.ZAFFRE_KEY;
const apiVersion = "2024-10-21";

const ways = {
  azure: new AzureOpenAI({ endpoint, apiKey, apiVersion }),
  deployment: new AzureOpenAI({ endpoint, apiKey, apiVersion, deployment: "able" }),
  token: new AzureOpenAI({ endpoint, apiVersion, azureADTokenProvider: async () => apiKey }),
  v1: new OpenAI({ baseURL: endpoint + "/openai/v1", apiKey }),
  project: new OpenAI({ baseURL: endpoint + "/api/projects/any/openai/v1", apiKey }),
};

const messages = [{ role: "user", content: "How many feet are in a mile?" }];

async function answer(client) {
  const completion = await client.chat.completions.create({ model: "able", messages });
  return completion.choices[0].message.content;
}

async function stream(client) {
  const options = { stream: true, stream_options: { include_usage: true } };
  let text = "";
  let tokens;
  for await (const chunk of await client.chat.completions.create({ model: "able", messages, ...options })) {
    text += chunk.choices[0]?.delta.content ?? "";
    tokens = chunk.usage?.completion_tokens;
  }
  return `${text} (${tokens} tokens)`;
}

const getWeather = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    parse: JSON.parse,
    function: ({ city }) => `Sunny in ${city}`,
  },
};

// The SDK calls the function and goes on until the model has an answer.
function tool(client, stream) {
  const question = [{ role: "user", content: "What is the weather in Seattle?" }];
  const tools = [getWeather];
  return client.chat.completions.runTools({ model: "able", messages: question, tools, stream }).finalContent();
}

async function structured(client) {
  const question = [{ role: "user", content: "How far is Portland?" }];
  const response_format = zodResponseFormat(z.object({ miles: z.number().int() }), "distance");
  const completion = await client.chat.completions.parse({ model: "able", messages: question, response_format });
  return completion.choices[0].message.parsed.miles;
}

for (const [way, client] of Object.entries(ways)) {
  console.log(`${way} answer:`, await answer(client));
  console.log(`${way} stream:`, await stream(client));
  console.log(`${way} tool:`, await tool(client, false));
  console.log(`${way} streamed tool:`, await tool(client, true));
  console.log(`${way} structured:`, await structured(client));
}
