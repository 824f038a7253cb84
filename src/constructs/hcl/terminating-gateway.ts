// TerminatingGateway: one declaration of a gateway and all that it reaches.

import { Construct, type IConstruct } from "constructs";
import { authMethodName } from "../../model/acl-names";
import { canonicalJson } from "../../model/canonical-json";
import { providerIssue } from "../../model/federation";
import type { GatewayModel } from "../../model/gateway";
import type { Issue } from "../../model/issues";
import { manifestKey } from "../../model/manifest-names";
import { exportWarning } from "../../model/pgp-key";
import { plan } from "../../model/plan";
import { TOKEN_SECRET_KEY } from "../../model/plan-acl";
import type { Policy } from "../../model/policy";
import type { GatewayProps, TlsProps } from "../../model/props";
import { formatServiceName } from "../../model/service-name";
import { datacenterOf } from "./datacenter";
import type { Engine, EngineTypes } from "./engine";
import { GatewayDeclaration } from "./gateway-declaration";
import type { IExternalService } from "./linkable";
import { reportAtSynth } from "./mistakes";
import { outputNameIssues } from "./output-name";
import { ownNames } from "./owned-names";
import { realise } from "./realise";
import { renderManifestText } from "./render";
import { addStackDependency } from "./stack-order";
import { writeAtSynth } from "./synth-file";
import { peekBy } from "./tokens";

export interface TerminatingGatewayProps<E extends EngineTypes> extends GatewayProps<string> {
  /**
   * Passed to every resource. Give it its `datacenter`: without one the provider asks an agent about itself each time.
   * @default - the stack's default Consul provider
   */
  readonly provider?: E["provider"];
  /** Name of a Terraform output with the manifest; unique in the stack. @default - no output */
  readonly outputName?: string;
  /** Rules of your organisation; judged at synth, when everything is linked. @default [] */
  readonly policies?: readonly Policy[];
}

/** A terminating gateway, declared here or elsewhere. */
export interface ITerminatingGateway extends IConstruct {
  /** Name of the gateway service. */
  readonly gatewayName: string;
}

/**
 * Creates the nodes, services, config entries, ACL policy, role and token, and the manifest. Mistakes in the props are
 * reported at synth, all at once; constructing never throws for them, and nothing is created.
 *
 * The names of config entries are global in a datacenter: an existing `terminating-gateway` entry of this name is overwritten
 * without a warning, and deleted when the construct is removed. Nodes of a name that you give are taken over and later
 * destroyed with everything registered on them. ACL policies and roles of an existing name are refused at deployment.
 */
export class TerminatingGateway<E extends EngineTypes> extends Construct implements ITerminatingGateway {
  readonly gatewayName: string;
  /** The manifest's canonical text; known in full when everything is declared. */
  readonly manifest: string;
  /** Beside the stack's cdk.tf.json; removed at synth while an address, SNI or path in it is late. */
  readonly manifestFileName: string;
  private readonly engine: Engine<E>;
  private readonly declaration: GatewayDeclaration<E>;
  private readonly made = new Map<string, E["resource"]>();

  constructor(engine: Engine<E>, scope: Construct, id: string, props: TerminatingGatewayProps<E>) {
    super(scope, id);
    this.engine = engine;
    const { provider, outputName, policies, ...declared } = props;
    this.gatewayName = declared.name;
    this.declaration = new GatewayDeclaration(engine, declared, policies);
    this.manifest = engine.lazyText(() => this.manifestTemplate());
    const model = this.declaration.model();
    this.manifestFileName = `${model.ok ? formatServiceName(model.value).replaceAll("/", "-") : id}.manifest.json`;
    const taken: Issue[] = [...outputNameIssues(outputName)];
    reportAtSynth(this, () => [...this.declaration.issues(), ...taken, ...providerIssues(engine, this, props)]);
    if (!model.ok) return;
    const { exportToken } = model.value.acl;
    if (exportToken !== undefined) engine.warn(this, exportWarning(declared.name, peekBy(engine)(exportToken.pgpKey)));
    const items = plan(model.value);
    taken.push(...ownNames(engine, this, items, { provider, datacenter: declared.datacenter }));
    realise<E>(items, {
      engine,
      scope: this,
      provider,
      made: this.made,
      latest: (key) => this.declaration.items().find((each) => each.key === key),
      after: (key) => (key === "gateway" ? this.declaration.linked().flatMap(({ resources }) => resources) : []),
    });
    writeAtSynth(engine, this, () => [{ name: this.manifestFileName, text: this.knownManifest }]);
    if (outputName === undefined || taken.length > 0) return;
    const description = `Manifest of terminating gateway ${this.gatewayName}`;
    engine.addOutput(this, outputName, { value: this.last?.interpolationForAttribute("output"), description });
  }

  /**
   * Serves a service that is declared on its own.
   * @param tls TLS of this link @default - the service's own
   */
  link(service: IExternalService<E>, tls?: TlsProps<string>): this {
    this.declaration.link(service, tls);
    addStackDependency(this.engine, this, service);
    return this;
  }

  /** Identity and bind as validated; undefined while there are mistakes. */
  get model(): GatewayModel<string> | undefined {
    const model = this.declaration.model();
    return model.ok ? model.value : undefined;
  }

  /** Key of Consul's KV store for `--manifest-kv` of the process; undefined unless `delivery` is "kv". */
  get manifestKey(): string | undefined {
    const { model } = this;
    return model?.delivery === "kv" ? manifestKey(model.name) : undefined;
  }

  /** What synth writes to the manifest file; undefined while a value in it is late. */
  get knownManifest(): string | undefined {
    const item = this.declaration.manifest();
    return item === undefined || !this.declaration.isManifestKnown() ? undefined : canonicalJson(item.args.manifest);
  }

  /** Name of the auth method for `consul.authMethod` of a launcher; undefined where the process is given a token. */
  get authMethodName(): string | undefined {
    const { model } = this;
    return model?.auth === undefined ? undefined : authMethodName(model);
  }

  /**
   * The secret of the gateway's token, encrypted to `acl.exportToken.pgpKey`, in base64; it stays the same text until token or
   * key change. Undefined where nothing is exported.
   */
  get encryptedTokenSecret(): string | undefined {
    return this.made.get(TOKEN_SECRET_KEY)?.getStringAttribute("output.encrypted");
  }

  /** What is deployed last: whoever needs the whole gateway waits for it. Undefined while there are mistakes. */
  get last(): E["resource"] | undefined {
    return this.made.get("manifest");
  }

  private manifestTemplate(): string {
    const item = this.declaration.manifest();
    return item === undefined ? "" : renderManifestText(this.engine, item);
  }
}

function providerIssues<E extends EngineTypes>(
  engine: Engine<E>,
  gateway: Construct,
  { datacenter, provider }: TerminatingGatewayProps<E>,
): readonly Issue[] {
  const written = datacenterOf(engine, gateway, provider);
  // A datacenter that is no text, or late, is reported by itself.
  if (written === undefined || written === datacenter || typeof datacenter !== "string") return [];
  return engine.isUnresolved(datacenter) ? [] : [providerIssue(datacenter, written)];
}
