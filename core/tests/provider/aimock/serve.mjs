// aimock on a free port, which a line of standard output says. The first line of standard input is a list of [match, response, options];
// it ends with standard input.

import { createInterface } from "node:readline";
import { LLMock } from "@copilotkit/aimock";

const lines = createInterface({ input: process.stdin });
lines.once("line", async (line) => {
  const mock = new LLMock({ port: 0, host: "127.0.0.1", logLevel: "silent" });
  for (const [match, response, options] of JSON.parse(line)) mock.on(match, response, options);
  await mock.start();
  console.log(mock.url);
});
lines.once("close", () => process.exit(0));
