// Flags of `consul-tgw render <form>` → the renderer's options; and its mistakes told by the flags that the user wrote.

import { CONSUL_FLAGS, type ConsulOptions, placesOf } from "../../launch/consul-options";
import type { LaunchForm } from "../../launch/render-launch";
import type { Issue, Result } from "../../model/issues";
import { formatPlace } from "../../model/place";
import { type ExposureFlags, parseExposure, resolveExposure } from "../source/consul/exposure";
import type { ConsulFlags } from "../source/consul/settings";
import { type FormFlag, flagsOf, keyOf, nameOf, TAKES_TOKEN_FILE } from "./form-flags";

/** As the command line gives them: text, texts, or true for a switch. */
export type RenderFlags = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

/** `rest`: the user's own words of the rendered command. `bind`: of the manifest, where there is one. */
export function renderOptions(
  form: LaunchForm,
  flags: RenderFlags,
  rest: readonly string[],
  bind: ConsulOptions["bind"],
): Result<Readonly<Record<string, unknown>>> {
  const consul = consulOptions(flags as ConsulFlags & ManifestKv, bind);
  const token = tokenFile(form, flags.tokenFile as string | undefined);
  const issues = [consul, token].flatMap((each) => (each.ok ? [] : each.error));
  if (!consul.ok || !token.ok) return { ok: false, error: issues };
  const words = [...(flags.standalone === true ? ["--standalone"] : []), ...rest];
  const own = flagsOf(form).flatMap(([option, flag]) => {
    const value = readAll(flag, flags[keyOf(flag)]);
    return value === undefined ? [] : [[option, value]];
  });
  return {
    ok: true,
    value: {
      ...Object.fromEntries(own),
      ...(consul.value === undefined ? {} : { consul: consul.value }),
      ...(token.value === undefined ? {} : { tokenFile: token.value }),
      ...(words.length === 0 ? {} : { arguments: words }),
    },
  };
}

/** The renderer names options; the user wrote flags. */
export function byFlag(form: LaunchForm, issue: Issue): Issue {
  if (issue.path === "consul") return { ...issue, path: CONSUL_FLAGS.consulAddr, hint: "name a server" };
  const [, consul, rest = ""] = /^consul\.(\w+)(.*)$/.exec(issue.path) ?? [];
  if (consul !== undefined) {
    const flag = CONSUL_FLAGS[consul as keyof ConsulOptions];
    return flag === undefined ? issue : { ...issue, path: `${flag}${rest}` };
  }
  const [, option = "", more = ""] = /^(\w+)((?:[.[].*)?)$/.exec(issue.path) ?? [];
  const flag = flagsOf(form).find(([name]) => name === option)?.[1];
  if (flag !== undefined) return { ...issue, path: `${nameOf(flag)}${more}` };
  return option === "tokenFile" ? { ...issue, path: "--token-file" } : issue;
}

function readAll({ read = (text) => text, repeat }: FormFlag, given: RenderFlags[string]): unknown {
  if (given === undefined || typeof given === "boolean") return given;
  if (repeat === undefined) return read(given as string);
  const values = (given as readonly string[]).map(read);
  return repeat === "map" ? Object.fromEntries(values as (readonly [string, unknown])[]) : values;
}

/** Not a matter of reaching Consul, hence not among its flags. */
interface ManifestKv {
  readonly manifestKv?: string;
}

/** Undefined where no server is named: then nothing is told of Consul. */
function consulOptions(
  flags: ConsulFlags & ManifestKv,
  manifest: ConsulOptions["bind"],
): Result<ConsulOptions | undefined> {
  const { consulAddr } = flags;
  if (consulAddr === undefined) return { ok: true, value: undefined };
  const { address, wanAddress, port, bindAddress } = flags;
  // A manifest that is followed in Consul says where it listens.
  const isSaid = [address, wanAddress, port, bindAddress].some((each) => each !== undefined);
  const exposed = flags.manifestKv !== undefined && !isSaid ? NOTHING : exposureOptions(flags, manifest);
  if (!exposed.ok) return exposed;
  const names = Object.keys(CONSUL_FLAGS).filter((key) => !["address", "wanAddress", "bind", "binds"].includes(key));
  const same = names.flatMap((key) => {
    const value = flags[key as keyof typeof flags];
    return value === undefined ? [] : [[key, key === "reapAfter" ? Number(value) : value]];
  });
  return { ok: true, value: { ...Object.fromEntries(same), ...exposed.value } };
}

const NOTHING: Result<object> = { ok: true, value: {} };

/** Written so that the process comes to the same: where it listens in full, what callers are told if that was said. */
function exposureOptions(
  flags: ExposureFlags,
  manifest: ConsulOptions["bind"],
): Result<Pick<ConsulOptions, "address" | "wanAddress" | "bind" | "binds">> {
  const wish = parseExposure(flags);
  const exposure = wish.ok ? resolveExposure(wish.value, manifest) : wish;
  if (!exposure.ok) return exposure;
  const { binds: all, address, port, wan } = exposure.value;
  const places = Object.fromEntries(all.map(({ name, address, port }) => [name, { address, port }]));
  const { default: bind, ...named } = places;
  const isSeveral = Object.keys(named).length > 0;
  const isSame = !isSeveral && manifest?.address === bind?.address && manifest?.port === bind?.port;
  const listens = { ...(bind === undefined || isSame ? {} : { bind }), ...(isSeveral ? { binds: named } : {}) };
  // Callers are told the port of the first place that the process is told of.
  const [first] = placesOf(listens, bind ?? { address, port });
  return {
    ok: true,
    value: {
      ...listens,
      ...(flags.address === undefined && port === first?.port ? {} : { address: formatPlace({ address, port }) }),
      ...(wan === undefined ? {} : { wanAddress: formatPlace(wan) }),
    },
  };
}

function tokenFile(form: LaunchForm, path: string | undefined): Result<string | undefined> {
  if (path === undefined || TAKES_TOKEN_FILE.has(form)) return { ok: true, value: path };
  const other = flagsOf(form).find(([name]) => name.startsWith("token"))?.[1];
  const hint = `refer to the token with ${other === undefined ? "the form's own flag" : nameOf(other)}`;
  return { ok: false, error: [{ path: "--token-file", got: "a path", allowed: `nothing for ${form}`, hint }] };
}
