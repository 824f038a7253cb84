// The presets of `auth` with what they are made for: a deployment, by CDKTF on OpenTofu or by Pulumi, then a gateway process that
// is told what the declaration tells launchers. Kubernetes' API server and AWS are stood in for on loopback; Consul is real.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Input, output } from "@pulumi/pulumi";
import { TerraformResource, type TerraformStack, Token } from "cdktf";
import { TerminatingGateway as OfCdktf } from "../../src/constructs/cdktf";
import { TerminatingGateway as OfPulumi } from "../../src/constructs/pulumi";
import { loginOf } from "../../src/launch/login";
import type { AuthProps } from "../../src/model/auth-props";
import type { GatewayModel } from "../../src/model/gateway";
import type { GatewayProps } from "../../src/model/props";
import type { Caller, Dial } from "../../tools/demo/mesh-client";
import { type AwsKey, type AwsStandIn, startAws } from "../support/aws-stand-in";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { readConsul } from "../support/iac/consul-state";
import { type LoginRun, servesByLogin } from "../support/iac/login-run";
import { startPulumiProvider } from "../support/iac/pulumi-provider";
import { openInlineStack } from "../support/iac/pulumi-stack";
import { startTerraformProvider } from "../support/iac/terraform-provider";
import { openStack } from "../support/iac/terraform-stack";
import { type KubernetesApi, startKubernetesApi } from "../support/kubernetes-api";
import { type NomadIdentities, startNomadIdentities } from "../support/nomad-identities";
import { describePart, realConsul, realEnvoy, realPulumi, realTofu } from "../support/real-parts";

jest.setTimeout(120_000);

const PORT = 25_700;
const ROLE = "arn:aws:iam::123456789012:role/prod/egress";
const envoyPath = realEnvoy();
const consulPath = envoyPath === undefined ? undefined : realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();
const pulumiPath = tofuPath === undefined ? undefined : realPulumi();

type Gateway = { readonly model: GatewayModel<unknown> | undefined };

describePart("a deployment with a preset, and its process", pulumiPath, (pulumi) => {
  let stage: ConsulStage;
  let kubernetes: KubernetesApi;
  let nomad: NomadIdentities;
  let aws: AwsStandIn;
  let web: Caller;
  let banner: Dial;
  let bearerTokenFile: string;
  const environment = { ...process.env };

  beforeAll(async () => {
    stage = await startConsulStage({
      envoyPath: envoyPath ?? "",
      consulPath: consulPath ?? "",
      old: false,
      portBase: PORT,
    });
    kubernetes = await startKubernetesApi(PORT + 20);
    nomad = await startNomadIdentities(PORT + 21);
    aws = await startAws(PORT + 22, ROLE);
    bearerTokenFile = join(stage.dir, "bearer");
    web = await stage.caller("web");
    banner = await stage.to("banner");
  });
  afterAll(async () => {
    process.env = environment;
    await Promise.all([stage?.stop(), kubernetes?.stop(), nomad?.stop(), aws?.stop()]);
  });

  const props = (auth: AuthProps<Input<string>>): GatewayProps<Input<string>> => ({
    ...{ name: "egress", datacenter: "dc1", bind: { port: PORT }, acl: { replicas: ["a"] }, auth },
    services: [{ name: "banner", address: "127.0.0.1", port: PORT + 3, plaintext: true, allowFrom: ["web"] }],
  });
  /** @param run what the declaration does not tell */
  const serves = (gateway: Gateway | undefined, run: LoginRun): Promise<void> => {
    const told = gateway?.model === undefined ? {} : loginOf(gateway.model);
    return servesByLogin(stage, { web, banner }, { ...run, flags: { ...told, ...run.flags } });
  };

  /** Deploys, runs, sees an empty second plan and nothing left. */
  const deployed = async (authOf: (scope: TerraformStack) => AuthProps, run: LoginRun): Promise<void> => {
    const provider = await startTerraformProvider(stage.consul);
    const stack = await openStack(tofuPath ?? "", provider.reattach);
    const before = await readConsul(stage.consul);
    try {
      let gateway: OfCdktf | undefined;
      stack.declare((scope) => {
        gateway = new OfCdktf(scope, "egress", props(authOf(scope)) as GatewayProps);
      });
      await stack.apply();
      await serves(gateway, run);
      expect(await stack.plan()).toEqual({});
      await stack.tofu.ok("destroy", "-no-color", "-auto-approve");
      expect(await readConsul(stage.consul)).toEqual(before);
    } finally {
      stack.remove();
      provider.stop();
    }
  };
  /** The same by Pulumi. */
  const deployedByPulumi = async (authOf: () => AuthProps<Input<string>>, run: LoginRun): Promise<void> => {
    const provider = await startPulumiProvider(stage.consul);
    const stack = await openInlineStack(pulumi, provider.debug);
    const before = await readConsul(stage.consul);
    let gateway: OfPulumi | undefined;
    const program = async () => {
      gateway = new OfPulumi("egress", props(authOf()));
      return { manifest: gateway.manifest };
    };
    try {
      await (await stack.with(program)).up();
      await serves(gateway, run);
      await (await stack.with(program)).preview({ expectNoChanges: true });
      await (await stack.with(async () => undefined)).destroy();
      expect(await readConsul(stage.consul)).toEqual(before);
    } finally {
      stack.remove();
      provider.stop();
    }
  };
  const bearer = (text: string): void => writeFileSync(bearerTokenFile, text, { mode: 0o600 });

  test("nomad: the workload identities of one job of one namespace, by keys at a URL that is known late", async () => {
    await deployed(
      (scope) => {
        // What Terraform and Go write in another way than JavaScript does: the second plan is empty all the same.
        const input = { url: `${nomad.jwksUrl}?by=consul&for=<egress>` };
        const data = new TerraformResource(scope, "keys", {
          terraformResourceType: "terraform_data",
          terraformGeneratorMetadata: { providerName: "terraform" },
        });
        data.addOverride("input", input);
        const jwksUrl = Token.asString(data.interpolationForAttribute("output.url"));
        return { method: { nomad: { job: "egress", namespace: "net", jwksUrl } }, maxTokenTtl: "1m" };
      },
      {
        flags: { bearerTokenFile },
        others: [
          [() => bearer(nomad.issue("egress", { namespace: "net", lifeS: -600 })), /token is expired/],
          [() => bearer(nomad.issue("egress")), /Permission denied/],
          [() => bearer(nomad.issue("other", { namespace: "net" })), /Permission denied/],
        ],
        asGateway: () => bearer(nomad.issue("egress", { namespace: "net" })),
      },
    );
  });

  test("nomad, by Pulumi", async () => {
    await deployedByPulumi(
      () => ({ method: { nomad: { job: "egress", jwksUrl: output(`${nomad.jwksUrl}?by=consul&for=egress`) } } }),
      {
        flags: { bearerTokenFile },
        others: [[() => bearer(nomad.issue("egress", { namespace: "net" })), /Permission denied/]],
        asGateway: () => bearer(nomad.issue("egress")),
      },
    );
  });

  test("kubernetes: the pods of one service account, by an auth method that is there", async () => {
    await stage.consul.call("PUT", "/v1/acl/auth-method", {
      ...{ Name: "k8s", Type: "kubernetes", MaxTokenTTL: "1m", Config: kubernetes.config },
    });
    await deployed(
      () => ({ existing: "k8s", method: { kubernetes: { namespace: "net", serviceAccount: "egress" } } }),
      {
        flags: { bearerTokenFile },
        others: [
          [
            () => bearer(kubernetes.tokenOf("net", "egress").replace(/\w$/, "_")),
            /lookup failed: invalid bearer token/,
          ],
          [() => bearer(kubernetes.tokenOf("other", "egress")), /Permission denied/],
        ],
        asGateway: () => bearer(kubernetes.tokenOf("net", "egress")),
      },
    );
    expect(kubernetes.asked).toEqual(
      expect.arrayContaining([
        "POST /apis/authentication.k8s.io/v1/tokenreviews",
        "GET /api/v1/namespaces/net/serviceaccounts/egress",
      ]),
    );
  });

  describe("awsIam", () => {
    const keyOf = (name: string, role: string): AwsKey => ({
      ...{ accessKeyId: `ASIA${name}`, secretAccessKey: `secret-${name}`, sessionToken: `session-${name}==` },
      arn: `arn:aws:sts::123456789012:assumed-role/${role}/i-1`,
    });
    /** What is handed out from now on; AWS knows the key by its right secret. */
    const as = (key: AwsKey): void => {
      aws.current = key;
      const { accessKeyId } = key;
      if (!aws.keys.some((each) => each.accessKeyId === accessKeyId)) {
        aws.keys.push({ ...key, secretAccessKey: `secret-${accessKeyId.slice("ASIA".length)}` });
      }
    };
    beforeEach(() => {
      process.env = {
        ...environment,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.url}/v2/credentials`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: aws.containerToken,
      };
    });

    test("the sessions of one role, by a request that the process signs itself", async () => {
      const principalArns = ["arn:aws:iam::123456789012:role/egress"];
      const { url: stsEndpoint } = aws;
      await deployed(
        () => ({ method: { awsIam: { principalArns, serverId: "consul.test", stsEndpoint } }, maxTokenTtl: "1m" }),
        {
          flags: { awsRegion: "eu-central-1" },
          others: [
            // AWS's answer, which Consul passes on, quotes what was signed: the session is in it.
            [() => as({ ...keyOf("WRONG", "egress"), secretAccessKey: "another" }), /SignatureDoesNotMatch.*x-amz-/s],
            [() => as(keyOf("OTHER", "other")), /role\/other is not trusted/],
          ],
          asGateway: () => as(keyOf("EGRESS", "egress")),
        },
      );
      expect(aws.asked).toEqual(
        expect.arrayContaining([
          "GET /v2/credentials",
          "GetCallerIdentity by ASIAOTHER",
          "GetCallerIdentity by ASIAEGRESS",
        ]),
      );
      // Nothing secret is in a line or in a file.
      const files = readdirSync(stage.dir, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
      const texts = files.map((each) => readFileSync(join(each.parentPath, each.name), "utf8"));
      const said = [JSON.stringify(stage.lines), ...texts].join("\n");
      expect(said).toContain("SignatureDoesNotMatch");
      expect(said).not.toMatch(/session-\w+==|secret-[A-Z]+|container-token/);
      // Consul's server sent it on as the process signed it.
      expect(aws.last?.headers).toMatchObject({
        ...{ host: "sts.eu-central-1.amazonaws.com", "x-consul-iam-serverid": "consul.test" },
      });
    });

    test("the same by Pulumi", async () => {
      const principalArns = [output("arn:aws:iam::123456789012:role/egress")];
      await deployedByPulumi(() => ({ method: { awsIam: { principalArns, stsEndpoint: aws.url } } }), {
        flags: {},
        others: [[() => as(keyOf("OTHER", "other")), /role\/other is not trusted/]],
        asGateway: () => as(keyOf("EGRESS", "egress")),
      });
    });

    test("roles below a path: IAM is asked as well", async () => {
      const { url } = aws;
      await deployed(
        () => ({
          method: {
            awsIam: {
              ...{ principalArns: ["arn:aws:iam::123456789012:role/prod/*"], serverId: "consul.test" },
              ...{ stsEndpoint: url, iamEndpoint: url },
            },
          },
          maxTokenTtl: "1m",
        }),
        {
          flags: { awsStsEndpoint: url },
          others: [[() => as(keyOf("OTHER", "other")), /received error code 403.*AccessDenied/s]],
          asGateway: () => as(keyOf("EGRESS", "egress")),
        },
      );
      expect(aws.asked).toContain("GetRole by ASIAEGRESS");
    });
  });
});
