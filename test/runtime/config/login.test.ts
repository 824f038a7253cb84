// Flags and environment → how the gateway logs in: with a file, or with AWS credentials, and every mistake at once.
import {
  type ConsulFlags,
  type ConsulSettings,
  parseConsulSettings,
} from "../../../src/runtime/source/consul/settings";

const parse = (flags: ConsulFlags, env: Record<string, string> = {}) => parseConsulSettings(flags, env, "host");
function good(flags: ConsulFlags, env?: Record<string, string>): { readonly consul: ConsulSettings | undefined } {
  const settings = parse(flags, env);
  if (!settings.ok) throw new Error(JSON.stringify(settings.error));
  return { consul: settings.value };
}
function mistakes(flags: ConsulFlags, env?: Record<string, string>): readonly string[] {
  const settings = parse(flags, env);
  return settings.ok ? [] : settings.error.map(({ path, got }) => `${path}: ${got}`);
}

const consul = { consulAddr: ["127.0.0.1"] } as const;

test("flags win over the variables, which are those of Consul on Kubernetes", () => {
  const env = {
    ...{ CONSUL_LOGIN_AUTH_METHOD: "k8s", CONSUL_LOGIN_BEARER_TOKEN_FILE: "/b", CONSUL_LOGIN_META: "pod=a/b,x=y=z" },
    CONSUL_LOGIN_NAMESPACE: "platform",
  };
  expect(good(consul, env).consul?.login).toEqual({
    ...{ method: "k8s", from: "CONSUL_LOGIN_AUTH_METHOD", namespace: "platform" },
    ...{ bearerTokenFile: { path: "/b", from: "CONSUL_LOGIN_BEARER_TOKEN_FILE" }, meta: { pod: "a/b", x: "y=z" } },
  });
  const flags = {
    ...consul,
    authMethod: "jwt",
    bearerTokenFile: "/c",
    loginMeta: ["a=1,2", "b="],
    loginNamespace: "n",
  };
  expect(good(flags, env).consul?.login).toEqual({
    ...{ method: "jwt", from: "--auth-method", namespace: "n" },
    ...{ bearerTokenFile: { path: "/c", from: "--bearer-token-file" }, meta: { a: "1,2", b: "" } },
  });
  expect(good(consul, { CONSUL_LOGIN_BEARER_TOKEN_FILE: "/b" }).consul?.login).toBeUndefined();
});

test("a flag for a token or a login wins over the environment's", () => {
  const token = { CONSUL_HTTP_TOKEN: "t" };
  const login = { CONSUL_LOGIN_AUTH_METHOD: "m", CONSUL_LOGIN_BEARER_TOKEN_FILE: "/b" };
  const byFlag = good({ ...consul, authMethod: "jwt", bearerTokenFile: "/c" }, token).consul;
  expect([byFlag?.token, byFlag?.login?.method]).toEqual([undefined, "jwt"]);
  const byToken = good({ ...consul, tokenFile: "/t" }, login).consul;
  expect([byToken?.tokenFile?.path, byToken?.login]).toEqual(["/t", undefined]);
  expect(mistakes(consul, { ...token, ...login })).toEqual(["CONSUL_LOGIN_AUTH_METHOD: CONSUL_HTTP_TOKEN as well"]);
  const both = { ...consul, tokenFile: "/t", authMethod: "jwt", bearerTokenFile: "/c" };
  expect(mistakes(both)).toEqual(["--auth-method: --token-file as well"]);
});

test("half a login is told", () => {
  expect(mistakes({ ...consul, authMethod: "jwt" })).toEqual(["--auth-method: no bearer token"]);
  expect(mistakes({ ...consul, bearerTokenFile: "/b", loginMeta: ["a=b"] })).toEqual([
    "--bearer-token-file: no auth method",
    "--login-meta: no auth method",
  ]);
  expect(mistakes({ ...consul, authMethod: "", bearerTokenFile: "/b", loginMeta: ["x", "=y"] })).toEqual([
    '--auth-method: ""',
    '--login-meta: "x"',
    '--login-meta: "=y"',
  ]);
  expect(mistakes({ authMethod: "jwt" })).toEqual(["--auth-method: no Consul server"]);
});

test("with AWS credentials: as `consul login` has the flags, and AWS its own variables", () => {
  const asked = { ...consul, authMethod: "aws", awsAutoBearerToken: true };
  const from = "--aws-auto-bearer-token";
  expect(good(asked).consul?.login).toEqual({
    ...{ method: "aws", from: "--auth-method", meta: {}, aws: { from, includeEntity: false } },
  });
  const env = {
    ...{
      AWS_REGION: "eu-west-1",
      AWS_DEFAULT_REGION: "eu-west-2",
      AWS_ENDPOINT_URL_STS: "https://sts.internal:8443",
    },
    ...{ CONSUL_LOGIN_AWS_SERVER_ID_HEADER_VALUE: "a b", CONSUL_LOGIN_AWS_INCLUDE_ENTITY: "true" },
  };
  expect(good(asked, env).consul?.login?.aws).toEqual({
    ...{ from, includeEntity: true, region: "eu-west-1", serverId: "a b", stsEndpoint: "https://sts.internal:8443" },
  });
  const flags = {
    ...{ ...asked, awsRegion: "us-gov-west-1", awsStsEndpoint: "http://127.0.0.1:4566/" },
    ...{ awsServerIdHeaderValue: "c", awsIncludeEntity: true },
  };
  expect(good(flags, env).consul?.login?.aws).toEqual({
    ...{ from, includeEntity: true, region: "us-gov-west-1", serverId: "c", stsEndpoint: "http://127.0.0.1:4566/" },
  });
  const byVariable = { ...env, CONSUL_LOGIN_AUTH_METHOD: "aws", CONSUL_LOGIN_AWS_AUTO_BEARER_TOKEN: "1" };
  expect(good(consul, byVariable).consul?.login?.aws?.from).toBe("CONSUL_LOGIN_AWS_AUTO_BEARER_TOKEN");
  // A flag for the one wins over the environment's other.
  const file = { CONSUL_LOGIN_BEARER_TOKEN_FILE: "/b" };
  expect(good(asked, file).consul?.login).not.toHaveProperty("bearerTokenFile");
  expect(good({ ...consul, bearerTokenFile: "/b" }, byVariable).consul?.login).not.toHaveProperty("aws");
  // What is set for AWS's own clients asks for nothing here.
  expect(good({ ...consul, authMethod: "jwt", bearerTokenFile: "/b" }, env).consul?.login).not.toHaveProperty("aws");
});

test("what AWS would not take, and two bearer tokens, are told", () => {
  const asked = { ...consul, authMethod: "aws", awsAutoBearerToken: true };
  expect(
    mistakes({
      ...asked,
      awsRegion: "Frankfurt",
      awsStsEndpoint: "http://sts.internal",
      awsServerIdHeaderValue: "\n",
    }),
  ).toEqual([
    '--aws-region: "Frankfurt"',
    '--aws-sts-endpoint: "http://sts.internal"',
    '--aws-server-id-header-value: "\\n"',
  ]);
  expect(mistakes(asked, { AWS_DEFAULT_REGION: "x y" })).toEqual(['AWS_DEFAULT_REGION: "x y"']);
  expect(mistakes({ ...asked, bearerTokenFile: "/b" })).toEqual([
    "--aws-auto-bearer-token: --bearer-token-file as well",
  ]);
  const jwt = { ...consul, authMethod: "jwt", bearerTokenFile: "/b" };
  expect(mistakes({ ...jwt, awsRegion: "eu-west-1" })).toEqual(["--aws-region: no login with AWS credentials"]);
  expect(mistakes({ ...consul, awsAutoBearerToken: true })).toEqual(["--aws-auto-bearer-token: no auth method"]);
});
