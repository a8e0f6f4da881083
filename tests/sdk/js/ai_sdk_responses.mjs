// The AI SDK's Azure provider as it is by default, over the Responses API.

import { createAzure } from "@ai-sdk/azure";
import { APICallError, generateObject, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const azure = createAzure({
  baseURL: process.env.ZAFFRE_ENDPOINT + "/openai",
  apiKey: process.env.ZAFFRE_KEY,
});
const model = azure("able");
const prompt = "How many feet are in a mile?";

const answer = await generateText({ model, prompt, system: "Be exact." });
console.log("answer:", answer.text, answer.finishReason, answer.usage.outputTokens);

const { textStream, usage } = streamText({ model, prompt });
let text = "";
for await (const piece of textStream) text += piece;
console.log("stream:", text, (await usage).outputTokens);

const getWeather = tool({
  description: "The weather in a city",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `Sunny in ${city}`,
});
const conversation = {
  model,
  prompt: "What is the weather in Seattle?",
  tools: { get_weather: getWeather },
  stopWhen: stepCountIs(3),
};
const { text: told, steps } = await generateText(conversation);
console.log("tool:", told, steps.length);
console.log("streamed tool:", await streamText(conversation).text);

const schema = z.object({ miles: z.number().int() });
const { object } = await generateObject({ model, schema, prompt: "How far is Portland?" });
console.log("structured:", object.miles);

const chained = await generateText({
  model,
  prompt,
  providerOptions: { azure: { previousResponseId: answer.providerMetadata.azure.responseId } },
});
console.log("chained:", chained.text);

const image = { type: "file", mediaType: "image/png", data: "iVBORw0KGgo=" };
const seen = await generateText({
  model,
  messages: [{ role: "user", content: [{ type: "text", text: "What is this?" }, image] }],
});
console.log("image:", seen.text);

const unknown = await generateText({ model: azure("nobody"), prompt }).catch((error) => error);
console.log("error:", APICallError.isInstance(unknown), unknown.statusCode, unknown.data.error.code);

const deployments = createAzure({
  baseURL: process.env.ZAFFRE_ENDPOINT + "/openai",
  apiKey: process.env.ZAFFRE_KEY,
  useDeploymentBasedUrls: true,
});
console.log("deployments:", (await generateText({ model: deployments("able"), prompt })).text);
