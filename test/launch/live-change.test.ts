// Services change while the process runs: what starts a process must not change with them.
import { LAUNCH_FORMS, type LaunchForm } from "../../src/launch/render-launch";
import { EVERY_FORM } from "./every-form";
import { manifestText, service } from "./gateways";
import { rendered, textOf } from "./rendered";

/** What a change of makes the form start another process: files of the form, or the part of one. */
const STARTED_BY: Readonly<Record<LaunchForm, (files: Readonly<Record<string, string>>) => readonly string[]>> = {
  systemd: (files) => [textOf(files, "consul-tgw-egress.service"), textOf(files, "egress.env")],
  "cloud-init": (files) => [textOf(files, "egress.cloud-config.yaml").split("egress.env")[1] ?? ""],
  compose: (files) => [textOf(files, "compose.yaml")],
  kubernetes: (files) => textOf(files, "egress.kubernetes.yaml").split("---\n").slice(1),
  nomad: (files) => [textOf(files, "egress.nomad.json")],
  ecs: (files) => [textOf(files, "egress.containers.json"), textOf(files, "egress.volumes.json")],
  shell: (files) => [textOf(files, "egress.sh")],
};

const one = manifestText();
const two = manifestText({ services: [service("orders", "10.0.0.10")] });
const elsewhere = manifestText({ port: 9443 });

test("every form is looked at", () => {
  expect(LAUNCH_FORMS).toEqual(["systemd", "cloud-init", "compose", "kubernetes", "nomad", "ecs", "shell"]);
  expect(Object.keys(STARTED_BY)).toEqual(LAUNCH_FORMS);
});

test.each(LAUNCH_FORMS)("%s: another linked service changes the manifest it carries, and no process", (form) => {
  const before = rendered(form, one, EVERY_FORM[form]);
  const after = rendered(form, two, EVERY_FORM[form]);
  expect(Object.values(after).join("")).toContain("orders");
  expect(STARTED_BY[form](after)).toEqual(STARTED_BY[form](before));
  expect(STARTED_BY[form](before).join("").length).toBeGreaterThan(100);
});

test.each(["compose", "kubernetes", "nomad", "ecs"] as const)("%s: another port starts another process", (form) => {
  const before = rendered(form, one, EVERY_FORM[form]);
  expect(STARTED_BY[form](rendered(form, elsewhere, EVERY_FORM[form]))).not.toEqual(STARTED_BY[form](before));
});

test.each(LAUNCH_FORMS)("%s: the order in which variables are named changes nothing", (form) => {
  const render = (environment: Record<string, string>) =>
    rendered(form, one, { ...EVERY_FORM[form], environment } as (typeof EVERY_FORM)[typeof form]);
  expect(render({ ZONE: "a", ALPHA: "b" })).toEqual(render({ ALPHA: "b", ZONE: "a" }));
});
