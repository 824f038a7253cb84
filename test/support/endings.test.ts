// A rig that fails to start leaves no socket behind.
import { createServer, type Server } from "node:net";
import { makeEndings } from "../../tools/demo/endings";
import { startConsulStage } from "./consul-gateway";

const PORT = 26_140;

const listen = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
const close = (server: Server): Promise<unknown> => new Promise((resolve) => server.close(resolve));
const start = () => startConsulStage({ envoyPath: "", consulPath: "/bin/false", old: false, portBase: PORT });

test.each([
  ["when a port of it is taken", PORT + 6, /EADDRINUSE/],
  ["when Consul does not start", undefined, /Consul did not start/],
])("%s, what it had begun is ended", async (_when, taken, reason) => {
  const other = taken === undefined ? undefined : await listen(taken);
  await expect(start()).rejects.toThrow(reason);
  const servers = await Promise.all([1, 2, 3, 5].map((each) => listen(PORT + each)));
  await Promise.all([...servers, ...(other ? [other] : [])].map(close));
});

test("everything is ended, the latest first and once, whatever fails; the first failure is told", async () => {
  const ended: string[] = [];
  const { add, all } = makeEndings();
  add(() => ended.push("first"));
  add(() => {
    throw new Error("stuck");
  });
  add(async () => void ended.push("last"));
  await expect(all()).rejects.toThrow("stuck");
  await all();
  expect(ended).toEqual(["last", "first"]);
});
