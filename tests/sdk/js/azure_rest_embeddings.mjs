// Embeddings of texts and images, and what is deployed, with @azure-rest/ai-inference over plain http.

import ModelClient, { isUnexpected } from "@azure-rest/ai-inference";
import { AzureKeyCredential } from "@azure/core-auth";

const client = ModelClient(
  process.env.ZAFFRE_ENDPOINT + "/models",
  new AzureKeyCredential(process.env.ZAFFRE_KEY),
  { allowInsecureConnection: true },
);

const texts = await client.path("/embeddings").post({
  body: { model: "demo-embed", input: ["first phrase", "second phrase"] },
});
if (isUnexpected(texts)) throw texts.body.error;
console.log("embeddings:", texts.body.data.length, texts.body.data[0].embedding.length);

const images = await client.path("/images/embeddings").post({
  body: { model: "demo-image", input: [{ image: "data:image/png;base64,iVBORw0KGgo=" }] },
});
if (isUnexpected(images)) throw images.body.error;
console.log("images:", images.body.data.length);

const info = await client.path("/info").get();
if (isUnexpected(info)) throw info.body.error;
console.log("info:", info.body.model_name, info.body.model_type);
