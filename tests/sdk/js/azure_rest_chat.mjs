// Chat, a stream, a tool and structured output, with @azure-rest/ai-inference over https (start with --dev-tls).

import ModelClient, { isUnexpected } from "@azure-rest/ai-inference";
import { AzureKeyCredential } from "@azure/core-auth";
import { createSseStream } from "@azure/core-sse";

const client = ModelClient(
  process.env.ZAFFRE_TLS_ENDPOINT + "/models",
  new AzureKeyCredential(process.env.ZAFFRE_KEY),
);

async function complete(body, headers) {
  const response = await client.path("/chat/completions").post({ body: { model: "able", ...body }, headers });
  if (isUnexpected(response)) throw response.body.error;
  return response.body.choices[0];
}

const messages = [{ role: "user", content: "How many feet are in a mile?" }];
console.log("answer:", (await complete({ messages })).message.content);

const response = await client
  .path("/chat/completions")
  .post({ body: { model: "able", messages, stream: true } })
  .asNodeStream();
let text = "";
for await (const event of createSseStream(response.body)) {
  if (event.data === "[DONE]") break;
  for (const choice of JSON.parse(event.data).choices) text += choice.delta.content ?? "";
}
console.log("stream:", text);

const tools = [
  {
    type: "function",
    function: {
      name: "get_weather",
      description: "The weather in a city",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
  },
];
const question = { role: "user", content: "What is the weather in Seattle?" };
const asked = await complete({ messages: [question], tools });
const call = asked.message.tool_calls[0];
const { city } = JSON.parse(call.function.arguments);
const result = { role: "tool", tool_call_id: call.id, content: `Sunny in ${city}` };
console.log("tool:", (await complete({ messages: [question, asked.message, result], tools })).message.content);

const schema = { type: "object", properties: { miles: { type: "integer" } }, required: ["miles"] };
const response_format = { type: "json_schema", json_schema: { name: "distance", schema } };
const far = [{ role: "user", content: "How far is Portland?" }];
console.log("structured:", (await complete({ messages: far, response_format })).message.content);

const extras = await complete({ messages, logprobs: true }, { "extra-parameters": "pass-through" });
console.log("pass-through:", extras.logprobs.content.length);
