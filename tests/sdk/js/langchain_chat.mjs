// LangChain: chat, a stream, a tool, structured output and embeddings, with @langchain/openai.

import { HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { AzureChatOpenAI, AzureOpenAIEmbeddings, ChatOpenAI } from "@langchain/openai";
import { z } from "zod";

const model = new AzureChatOpenAI({
  azureOpenAIEndpoint: process.env.ZAFFRE_ENDPOINT,
  azureOpenAIApiKey: process.env.ZAFFRE_KEY,
  azureOpenAIApiDeploymentName: "able",
  azureOpenAIApiVersion: "2024-10-21",
});

const answer = await model.invoke("How many feet are in a mile?");
console.log("answer:", answer.content, answer.usage_metadata.output_tokens);

let whole;
for await (const chunk of await model.stream("How many feet are in a mile?")) {
  whole = whole ? whole.concat(chunk) : chunk;
}
console.log("stream:", whole.content, whole.usage_metadata.output_tokens);

const getWeather = tool(({ city }) => `Sunny in ${city}`, {
  name: "get_weather",
  description: "The weather in a city",
  schema: z.object({ city: z.string() }),
});
const withTools = model.bindTools([getWeather]);
const messages = [new HumanMessage("What is the weather in Seattle?")];
const asked = await withTools.invoke(messages);
messages.push(asked, await getWeather.invoke(asked.tool_calls[0]));
console.log("tool:", (await withTools.invoke(messages)).content);

let streamed;
for await (const chunk of await withTools.stream(messages.slice(0, 1))) {
  streamed = streamed ? streamed.concat(chunk) : chunk;
}
console.log("streamed tool:", streamed.tool_calls[0].name, streamed.tool_calls[0].args.city);

const distances = model.withStructuredOutput(z.object({ miles: z.number().int() }));
console.log("structured:", (await distances.invoke("How far is Portland?")).miles);

const embeddings = new AzureOpenAIEmbeddings({
  azureOpenAIBasePath: process.env.ZAFFRE_ENDPOINT + "/openai/deployments",
  azureOpenAIApiKey: process.env.ZAFFRE_KEY,
  azureOpenAIApiDeploymentName: "able-embed",
  azureOpenAIApiVersion: "2024-10-21",
});
const vectors = await embeddings.embedDocuments(["first phrase", "second phrase"]);
console.log("embeddings:", vectors.length, vectors[0].length);

// The same model over the Responses API.
const responses = new AzureChatOpenAI({
  azureOpenAIEndpoint: process.env.ZAFFRE_ENDPOINT,
  azureOpenAIApiKey: process.env.ZAFFRE_KEY,
  azureOpenAIApiDeploymentName: "able",
  azureOpenAIApiVersion: "2025-04-01-preview",
  useResponsesApi: true,
});
console.log("responses:", (await responses.invoke("How many feet are in a mile?")).text);

// The classes that are not Azure's speak v1.
const v1 = new ChatOpenAI({
  configuration: { baseURL: process.env.ZAFFRE_ENDPOINT + "/openai/v1" },
  apiKey: process.env.ZAFFRE_KEY,
  model: "able",
});
console.log("v1:", (await v1.invoke("How many feet are in a mile?")).content);
