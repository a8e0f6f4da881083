// What a caller sees when the server says no: the OpenAI SDK has a class for every status.

import OpenAI, { AzureOpenAI } from "openai";

const options = { endpoint: process.env.ZAFFRE_ENDPOINT, apiVersion: "2024-10-21", maxRetries: 0 };
const apiKey = process.env.ZAFFRE_KEY;
const baseURL = process.env.ZAFFRE_ENDPOINT + "/openai/v1";

const ways = {
  azure: (key) => new AzureOpenAI({ ...options, apiKey: key }),
  v1: (key) => new OpenAI({ baseURL, apiKey: key, maxRetries: 0 }),
};

async function refusal(client, fields) {
  const messages = [{ role: "user", content: "Hello" }];
  try {
    await client.chat.completions.create({ model: "able", messages, ...fields });
  } catch (error) {
    if (error instanceof OpenAI.APIError) return error;
    throw error;
  }
  throw new Error("It was answered.");
}

const said = (content) => ({ messages: [{ role: "user", content }] });

for (const [way, connect] of Object.entries(ways)) {
  const client = connect(apiKey);
  const wrong = await refusal(connect("wrong"));
  console.log(`${way} key:`, wrong instanceof OpenAI.AuthenticationError, wrong.status, wrong.code);

  const missing = await refusal(client, { model: "nobody" });
  console.log(`${way} model:`, missing instanceof OpenAI.NotFoundError, missing.status, missing.code);

  const filtered = await refusal(client, said("forbidden"));
  console.log(`${way} filter:`, filtered instanceof OpenAI.BadRequestError, filtered.status, filtered.code);

  const unknown = await refusal(client, { foo: 1 });
  console.log(`${way} unknown:`, unknown instanceof OpenAI.BadRequestError, unknown.code, unknown.param);

  const unsupported = await refusal(client, { model: "demo", response_format: { type: "json_object" } });
  console.log(`${way} unsupported:`, unsupported.status, unsupported.code, unsupported.param);

  const busy = await refusal(client, said("fail"));
  console.log(`${way} busy:`, busy instanceof OpenAI.RateLimitError, busy.headers.get("retry-after"));
  console.log(`${way} request id:`, busy.requestID === busy.headers.get("x-request-id"));
}
