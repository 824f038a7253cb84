// A gateway whose declaration says how its process logs in: the texts say where, and hold no token and no reference to one.
import type { LaunchForm } from "../../src/launch/render-launch";
import { LAUNCH_FORMS, renderLaunch } from "../../src/launch/render-launch";
import type { AuthProps } from "../../src/model/auth-props";
import { canonicalJson, makeManifest } from "../../src/model/manifest";
import { validate } from "../../src/model/validate";
import { EVERY_FORM } from "./every-form";
import { rendered } from "./rendered";

function manifest(auth: AuthProps): string {
  const bind = { address: "0.0.0.0", port: 8443 };
  const model = validate<string>({ name: "egress", datacenter: "dc1", bind, auth }, (leaf) => leaf);
  if (!model.ok) throw new Error(JSON.stringify(model.error));
  return canonicalJson(makeManifest(model.value));
}

const CONSUL = { consulAddr: ["https://c1:8501"], address: "10.0.0.5" };
const NOMAD = manifest({ existing: "workloads", method: { nomad: { job: "egress" } } });
const KUBERNETES = manifest({
  existing: "k8s",
  method: { kubernetes: { namespace: "net", serviceAccount: "egress" } },
});
const withoutToken = (form: LaunchForm, consul: object): never => {
  const options = Object.entries(EVERY_FORM[form]).filter(([name]) => !name.startsWith("token"));
  return { ...Object.fromEntries(options), consul: { ...CONSUL, ...consul } } as never;
};
const words = (files: Readonly<Record<string, string>>): string =>
  Object.values(files)
    .join("\n")
    .replaceAll(/[",\s-]+/g, " ");

test.each(LAUNCH_FORMS)("%s: the auth method is named as the manifest names it", (form) => {
  const files = rendered(form, NOMAD, withoutToken(form, { bearerTokenFile: "/secrets/egress.jwt" }));
  expect(words(files)).toContain(" auth method workloads bearer token file /secrets/egress.jwt");
  expect(words(files).replaceAll("bearer token", "")).not.toMatch(/--token-file|CONSUL_HTTP_TOKEN|LoadCredential/);
});

test("a Kubernetes service account needs no path: its token is where Kubernetes puts it", () => {
  const files = rendered("kubernetes", KUBERNETES, withoutToken("kubernetes", {}));
  expect(words(files)).toContain(
    " auth method k8s bearer token file /var/run/secrets/kubernetes.io/serviceaccount/token",
  );
  expect(words(files)).toContain("automountServiceAccountToken: true");
  const elsewhere = rendered("kubernetes", NOMAD, withoutToken("kubernetes", { bearerTokenFile: "/x" }));
  expect(words(elsewhere)).toContain("automountServiceAccountToken: false");
});

test("without a file that holds what the method takes it is said; a token, or the user's own method, wins", () => {
  const mistake = renderLaunch("shell", NOMAD, { consul: CONSUL });
  expect(mistake).toMatchObject({
    ok: false,
    error: [{ path: "consul.bearerTokenFile", got: 'nothing, and a gateway that logs in at "workloads"' }],
  });
  const token = rendered("systemd", NOMAD, { consul: CONSUL, tokenFile: "/etc/egress/token" });
  expect(words(token)).not.toContain("auth method");
  const own = rendered("shell", NOMAD, { consul: { ...CONSUL, authMethod: "mine", bearerTokenFile: "/x" } });
  expect(words(own)).toContain(" auth method mine bearer token file /x");
});
