// Random valid declarations pass; whatever is planted in them is found, several at once.

import fc from "fast-check";
import type { GatewayProps } from "../../src/model/props";
import { validate } from "../../src/model/validate";
import { arbitraryProps } from "./arbitrary-props";

// biome-ignore lint/suspicious/noExplicitAny: mistakes are what the types forbid
type Loose = any;

const check = (props: unknown) => validate<string>(props, (leaf) => leaf);

/** Plants one mistake in the service at `s` and returns the path where it must be reported. */
type Plant = (service: Loose, s: string) => string;

/** The first instance of either form. */
const place = (service: Loose, s: string): { at: Loose; path: string } =>
  service.instances === undefined ? { at: service, path: s } : { at: service.instances[0], path: `${s}.instances[0]` };

const inPlace =
  (key: string, value: unknown): Plant =>
  (service, s) => {
    const { at, path } = place(service, s);
    at[key] = value;
    return `${path}.${key}`;
  };

/** Planted at different places of a service, so that several may be combined. */
const PLANTS: Readonly<Record<string, Plant>> = {
  "port 0": inPlace("port", 0),
  "port 70000": inPlace("port", 70_000),
  "port as text": inPlace("port", "443"),
  "bad hostname": inPlace("address", "no_/host"),
  "bad IP": inPlace("address", "10.0.0.300"),
  "upper-case name": (service, s) => {
    service.name = "Billing";
    return `${s}.name`;
  },
  "no name": (service, s) => {
    delete service.name;
    return `${s}.name`;
  },
  "misspelt prop": (service, s) => {
    service.protocl = "http";
    return `${s}.protocl`;
  },
  "unknown protocol": (service, s) => {
    service.protocol = "udp";
    return `${s}.protocol`;
  },
  "certificate without key": (service, s) => {
    delete service.plaintext;
    service.tls = { caFile: "/ca", certFile: "/cert" };
    return `${s}.tls.keyFile`;
  },
  "certificate without CA": (service, s) => {
    delete service.plaintext;
    service.tls = { certFile: "/cert", keyFile: "/key" };
    return `${s}.tls.caFile`;
  },
  "no CA": (service, s) => {
    delete service.plaintext;
    service.tls = {};
    return `${s}.tls.caFile`;
  },
  "tls and plaintext": (service, s) => {
    service.plaintext = true;
    service.tls = { caFile: "/ca" };
    return s;
  },
  "neither tls nor plaintext": (service, s) => {
    delete service.plaintext;
    delete service.tls;
    return s;
  },
  "same source twice": (service, s) => {
    service.allowFrom = ["web", "web"];
    return `${s}.allowFrom[1]`;
  },
  "bad source": (service, s) => {
    service.allowFrom = ["a b"];
    return `${s}.allowFrom[0]`;
  },
  "wildcard source unsaid": (service, s) => {
    service.intentions = [{ source: "*" }];
    return `${s}.intentions[0].wildcard`;
  },
  "two paths": (service, s) => {
    service.protocol = "http";
    service.intentions = [{ source: "x", permissions: [{ action: "allow", pathExact: "/a", pathPrefix: "/b" }] }];
    return `${s}.intentions[0].permissions[0]`;
  },
  "timeout out of range": (service, s) => {
    service.timeouts = { connectMs: 0 };
    return `${s}.timeouts.connectMs`;
  },
  "reserved meta key": (service, s) => {
    service.meta = { "external-source": "me" };
    return `${s}.meta.external-source`;
  },
};

/** Mistakes that touch the same field of one service hide each other. */
const FIELD_OF = (plant: string): string =>
  /port/.test(plant)
    ? "port"
    : /hostname|IP/.test(plant)
      ? "address"
      : /name/.test(plant)
        ? "name"
        : /source|paths|protocol/.test(plant)
          ? "callers"
          : /tls|certificate|CA/.test(plant)
            ? "tls"
            : plant;

test("valid declarations pass", () => {
  fc.assert(
    fc.property(arbitraryProps(), (props) => {
      expect(check(props)).toMatchObject({ ok: true });
    }),
    { numRuns: 150 },
  );
});

test.each(Object.keys(PLANTS))("finds: %s", (key) => {
  fc.assert(
    fc.property(arbitraryProps(), fc.nat(), (valid, seed) => {
      const props: Loose = structuredClone(valid);
      const index = seed % props.services.length;
      const path = (PLANTS[key] as Plant)(props.services[index], `services[${index}]`);
      expect(pathsOf(props)).toEqual([path]);
    }),
    { numRuns: 25 },
  );
});

test("finds several at once, in several services", () => {
  const some = fc.uniqueArray(fc.constantFrom(...Object.keys(PLANTS)), {
    minLength: 2,
    maxLength: 5,
    selector: FIELD_OF,
  });
  fc.assert(
    fc.property(arbitraryProps(), some, fc.nat(), (valid, keys, seed) => {
      const props: Loose = structuredClone(valid);
      const planted = keys.map((key, nth) => {
        const index = (seed + nth) % props.services.length;
        return (PLANTS[key] as Plant)(props.services[index], `services[${index}]`);
      });
      const twice = new Set(planted).size < planted.length;
      fc.pre(!twice);
      expect([...pathsOf(props)].sort()).toEqual([...planted].sort());
    }),
    { numRuns: 200 },
  );
});

function pathsOf(props: GatewayProps): readonly string[] {
  const result = check(props);
  return result.ok ? [] : result.error.map(({ path }) => path);
}
