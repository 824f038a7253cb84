// A language host for Node that is attached to the real `pulumi` command by PULUMI_DEBUG_LANGUAGES: it runs the program with
// Pulumi's own runner, as the host that comes with Pulumi does.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { ServiceDefinition } from "@grpc/grpc-js";
import * as language from "@pulumi/pulumi/proto/language_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { serve } from "./grpc-server";

const fromPulumi = createRequire(require.resolve("@pulumi/pulumi"));
const empties = fromPulumi("google-protobuf/google/protobuf/empty_pb.js") as { Empty: typeof Empty };
const services = require("@pulumi/pulumi/proto/language_grpc_pb") as { LanguageRuntimeService: ServiceDefinition };
/** Below the program's own copy of Pulumi. */
const RUNNER = "@pulumi/pulumi/cmd/run";
/** The runner's exit code for an error that it has told already. */
const TOLD = 32;

export interface PulumiLanguage {
  /** For the environment of the command: PULUMI_DEBUG_LANGUAGES. */
  readonly debug: string;
  stop(): void;
}

/** @param env of the program */
export async function startPulumiLanguage(env: NodeJS.ProcessEnv): Promise<PulumiLanguage> {
  let engine = "";
  const { port, stop } = await serve(services.LanguageRuntimeService, {
    handshake(request: language.LanguageHandshakeRequest) {
      engine = request.getEngineAddress();
      return new language.LanguageHandshakeResponse();
    },
    getPluginInfo: () => new plugin.PluginInfo().setVersion("3.248.0"),
    getRequiredPlugins: () => new language.GetRequiredPluginsResponse(),
    getRequiredPackages: () => new language.GetRequiredPackagesResponse(),
    getProgramDependencies: () => new language.GetProgramDependenciesResponse(),
    runtimeOptionsPrompts: () => new language.RuntimeOptionsResponse(),
    about: () => new language.AboutResponse().setExecutable(process.execPath).setVersion(process.version),
    cancel: () => new empties.Empty(),
    run: (request: language.RunRequest) => run(request, engine, env),
  });
  return { debug: `nodejs:${port}`, stop };
}

function run(request: language.RunRequest, engine: string, env: NodeJS.ProcessEnv): Promise<language.RunResponse> {
  const dir = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
  const args = [
    ...["--monitor", request.getMonitorAddress(), "--engine", engine, "--organization", request.getOrganization()],
    ...["--project", request.getProject(), "--stack", request.getStack(), "--pwd", dir, "--root-directory", dir],
    ...(request.getDryrun() ? ["--dry-run"] : []),
    ...["--parallel", String(request.getParallel()), join(dir, request.getInfo()?.getEntryPoint() ?? ".")],
  ];
  const config = JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList()));
  const isTypeScript = request.getInfo()?.getOptions()?.toJavaScript().typescript !== false;
  const runner = createRequire(join(dir, "package.json")).resolve(RUNNER);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [runner, ...args], {
      ...{ cwd: dir, stdio: "ignore" as const },
      env: { ...env, PULUMI_CONFIG: config, PULUMI_NODEJS_TYPESCRIPT: String(isTypeScript) },
      timeout: 60_000,
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      const response = new language.RunResponse();
      if (code === TOLD) response.setBail(true);
      else if (code !== 0) response.setError(`the program ended with code ${code}`);
      resolve(response);
    });
  });
}
