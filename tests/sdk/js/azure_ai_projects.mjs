// A Foundry project with @azure/ai-projects: its OpenAI client, deployments and connections, over https.

import { AIProjectClient } from "@azure/ai-projects";

// What `new DefaultAzureCredential()` is replaced with: the key is the token, for an hour.
const credential = {
  getToken: async () => ({ token: process.env.ZAFFRE_KEY, expiresOnTimestamp: Date.now() + 3600_000 }),
};
const project = new AIProjectClient(process.env.ZAFFRE_TLS_ENDPOINT + "/api/projects/anything", credential);

const client = project.getOpenAIClient();
const input = "How many feet are in a mile?";
console.log("responses:", (await client.responses.create({ model: "able", input })).output_text);
const messages = [{ role: "user", content: input }];
const { choices } = await client.chat.completions.create({ model: "able", messages });
console.log("chat:", choices[0].message.content);
const { data } = await client.embeddings.create({ model: "able-embed", input: ["one", "two"] });
console.log("embeddings:", data.length);

async function names(list) {
  const found = [];
  for await (const { name } of list) found.push(name);
  return found;
}

console.log("deployments:", (await names(project.deployments.list())).length);
console.log("of a publisher:", ...(await names(project.deployments.list({ modelPublisher: "Mistral AI" }))));
const deployment = await project.deployments.get("able");
console.log("deployment:", deployment.type, deployment.modelName, deployment.sku.name);

console.log("connections:", ...(await names(project.connections.list())));
const { name, credentials } = await project.connections.getDefault("AzureOpenAI", { includeCredentials: true });
console.log("default:", name, credentials.type, credentials.apiKey === process.env.ZAFFRE_KEY);

const missing = await project.deployments.get("nobody").catch((error) => error);
console.log("missing:", missing.statusCode, missing.code);
