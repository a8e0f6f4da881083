// What a caller sees when the server says no.

import ModelClient, { isUnexpected } from "@azure-rest/ai-inference";
import { AzureKeyCredential } from "@azure/core-auth";

async function refusal(key, body) {
  const options = { allowInsecureConnection: true };
  const client = ModelClient(process.env.ZAFFRE_ENDPOINT + "/models", new AzureKeyCredential(key), options);
  const response = await client.path("/chat/completions").post({ body });
  if (!isUnexpected(response)) throw new Error("It was answered.");
  return response;
}

const key = process.env.ZAFFRE_KEY;
const messages = [{ role: "user", content: "Hello" }];

const wrong = await refusal("wrong", { model: "demo", messages });
console.log("key:", wrong.status, wrong.body.error.code);

const unknown = await refusal(key, { model: "nobody", messages });
console.log("model:", unknown.status, unknown.body.error.code);

const filtered = await refusal(key, { model: "demo", messages: [{ role: "user", content: "forbidden" }] });
console.log("filter:", filtered.status, filtered.body.error.code);

const unsupported = await refusal(key, { model: "demo", messages, response_format: { type: "json_object" } });
for (const offending of unsupported.body.detail) {
  console.log("unsupported:", unsupported.status, offending.loc.join("."), offending.input.type);
}
