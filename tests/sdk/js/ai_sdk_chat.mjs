// The AI SDK's Azure provider over chat completions: its base URL, v1, and addresses of deployments.

import { createAzure } from "@ai-sdk/azure";
import { embedMany, generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const baseURL = process.env.ZAFFRE_ENDPOINT + "/openai";
const apiKey = process.env.ZAFFRE_KEY;

const ways = {
  base: createAzure({ baseURL, apiKey }),
  v1: createAzure({ baseURL: baseURL + "/v1", apiKey }),
  deployments: createAzure({ baseURL, apiKey, useDeploymentBasedUrls: true, apiVersion: "2024-10-21" }),
  token: createAzure({ baseURL, tokenProvider: async () => apiKey }),
};

const prompt = "How many feet are in a mile?";

async function answer(model) {
  const { text, usage } = await generateText({ model, prompt });
  return `${text} (${usage.outputTokens} tokens)`;
}

async function stream(model) {
  const { textStream, usage } = streamText({ model, prompt });
  let text = "";
  for await (const piece of textStream) text += piece;
  return `${text} (${(await usage).outputTokens} tokens)`;
}

const getWeather = tool({
  description: "The weather in a city",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `Sunny in ${city}`,
});

// The SDK calls the tool and asks again, until the model has an answer.
const conversation = {
  prompt: "What is the weather in Seattle?",
  tools: { get_weather: getWeather },
  stopWhen: stepCountIs(3),
};

async function structured(model) {
  const output = Output.object({ schema: z.object({ miles: z.number().int() }) });
  return (await generateText({ model, prompt: "How far is Portland?", output })).output.miles;
}

for (const [way, azure] of Object.entries(ways)) {
  const model = azure.chat("able");
  console.log(`${way} answer:`, await answer(model));
  console.log(`${way} stream:`, await stream(model));
  console.log(`${way} tool:`, (await generateText({ model, ...conversation })).text);
  console.log(`${way} streamed tool:`, await streamText({ model, ...conversation }).text);
  console.log(`${way} structured:`, await structured(model));

  const { embeddings } = await embedMany({ model: azure.embedding("able-embed"), values: ["one", "two"] });
  console.log(`${way} embeddings:`, embeddings.length, embeddings[0].length);
}
