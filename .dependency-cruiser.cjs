// Who may import whom. Types count as imports: what a file must know is what it depends on.
const { PURE, SHELL, MAY_USE_CRYPTO, toPatterns } = require("./tools/purity.cjs");

const GEN = "^src/runtime/xds/gen/";
const PROTOBUF = "^node_modules/@bufbuild/protobuf/";
const pure = toPatterns(PURE);

/** One layer of the runtime, and all that it may know besides itself and the model. */
const layer = (folder, ...allowed) => ({
  name: `layer-${folder.split("/").at(-1)}`,
  comment: `${folder} knows only the layers below it`,
  from: { path: `^src/runtime/${folder}/` },
  to: {
    path: "^src/",
    pathNot: [`^src/runtime/${folder}/`, "^src/model/", ...allowed.map((path) => `^src/runtime/${path}`)],
  },
});

const rules = [
  { name: "no-cycle", comment: "a cycle has no order to read it in", from: {}, to: { circular: true } },
  {
    name: "model-alone",
    comment: "both halves speak the model's words: it imports itself alone, no package and no core module",
    from: { path: "^src/model/" },
    to: { pathNot: "^src/model/" },
  },
  {
    name: "constructs-without-runtime",
    comment: "a plan opens no socket",
    from: { path: "^src/constructs/" },
    to: { path: "^src/runtime/" },
  },
  {
    name: "runtime-without-constructs",
    comment: "a gateway's host has no IaC engine",
    from: { path: "^src/runtime/" },
    to: { path: "^src/constructs/" },
  },
  {
    name: "engines-apart",
    comment: "who uses one engine does not load another; hcl is what CDKTF and CDKTN share",
    from: { path: "^src/constructs/([^/]+)/" },
    to: { path: "^src/constructs/", pathNot: ["^src/constructs/$1/", "^src/constructs/hcl/"] },
  },
  {
    name: "hcl-for-terraform-alone",
    comment: "Pulumi's half has nothing of Terraform's",
    from: { path: "^src/constructs/pulumi/" },
    to: { path: "^src/constructs/hcl/" },
  },
  {
    name: "launch-alone",
    comment: "both halves render a launcher's text from the model alone, with no package and no core module",
    from: { path: "^src/launch/" },
    to: { pathNot: "^src/(launch|model)/" },
  },
  {
    name: "cdktf-only-in-its-adapter",
    from: { path: "^src/", pathNot: "^src/constructs/cdktf/" },
    to: { path: "^node_modules/(cdktf|@cdktf)/" },
  },
  {
    name: "cdktn-only-in-its-adapter",
    from: { path: "^src/", pathNot: "^src/constructs/cdktn/" },
    to: { path: "^node_modules/(cdktn|@cdktn)/" },
  },
  {
    name: "construct-tree-for-terraform-alone",
    comment: "the tree is the same package for CDKTF and CDKTN",
    from: { path: "^src/", pathNot: "^src/constructs/(cdktf|cdktn|hcl)/" },
    to: { path: "^node_modules/constructs/" },
  },
  {
    name: "pulumi-only-in-its-adapter",
    from: { path: "^src/", pathNot: "^src/constructs/pulumi/" },
    to: { path: "^node_modules/@pulumi/" },
  },
  layer("snapshot"),
  layer("xds", "snapshot/"),
  layer("ads", "xds/", "envoy/version\\.ts$", "ports\\.ts$"),
  layer("source", "snapshot/", "ports\\.ts$", "persist\\.ts$"),
  layer("envoy", "ports\\.ts$"),
  layer("options", "snapshot/", "envoy/(admin-address|static-parts)\\.ts$"),
  layer("status", "snapshot/", "ads/", "envoy/", "ports\\.ts$"),
  {
    name: "run-from-entries",
    comment: "only the command line and the package entry put a runtime together",
    from: { path: "^src/", pathNot: "^src/runtime/(cli|commands|index)\\.ts$" },
    to: { path: "^src/runtime/run\\.ts$" },
  },
  {
    name: "loop-from-run",
    comment: "one owner of the state, one owner of the loop",
    from: { path: "^src/", pathNot: "^src/runtime/run\\.ts$" },
    to: { path: "^src/runtime/loop\\.ts$", dependencyTypesNot: ["type-only"] },
  },
  {
    name: "pure-without-core",
    comment: "tools/purity.cjs",
    from: { path: pure, pathNot: [GEN, ...toPatterns(MAY_USE_CRYPTO)] },
    to: { dependencyTypes: ["core"] },
  },
  {
    name: "pure-crypto-only",
    comment: "a hash is a function of its input",
    from: { path: toPatterns(MAY_USE_CRYPTO) },
    to: { dependencyTypes: ["core"], pathNot: "^(node:)?crypto$" },
  },
  {
    name: "pure-without-shell",
    comment: "what a pure file runs is pure; a type does nothing",
    from: { path: pure },
    to: { path: toPatterns(SHELL), dependencyTypesNot: ["type-only"] },
  },
  {
    name: "protobuf-in-protocol-code",
    comment: "elsewhere a resource is bytes with a name; the bootstrap is itself a message",
    from: { path: "^src/", pathNot: ["^src/runtime/(xds|ads)/", "^src/runtime/envoy/(bootstrap|static-parts)\\.ts$"] },
    to: { path: [GEN, PROTOBUF] },
  },
  {
    name: "protobuf-as-types",
    comment: "descriptors of Envoy's whole API take 150 ms and 20 MB to load; gen/lean has what is needed at run time",
    from: { path: "^src/", pathNot: GEN },
    to: { path: [`${GEN}(?!lean/)`, PROTOBUF], dependencyTypesNot: ["type-only"] },
  },
  {
    name: "src-without-the-rest",
    comment: "what is published does not need what is not",
    from: { path: "^src/" },
    to: { path: "^(test|tools|examples|dist)/" },
  },
  {
    name: "examples-as-users",
    comment: "an example imports what a user can import",
    from: { path: "^examples/" },
    to: { path: "^(src|test|tools)/" },
  },
  {
    name: "no-orphan",
    comment: "a file that nobody imports is dead",
    from: { orphan: true, path: "^src/", pathNot: GEN },
    to: {},
  },
  {
    name: "declared-packages",
    comment: "src uses dependencies and peers, never a package that users would not have",
    from: { path: "^src/" },
    to: {
      dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown", "npm-optional", "npm-bundled"],
      dependencyTypesNot: ["npm-peer", "npm"],
      // Its types are in no published entry.
      pathNot: PROTOBUF,
    },
  },
  {
    name: "resolvable",
    from: {},
    to: { couldNotResolve: true },
  },
];

module.exports = {
  forbidden: rules.map((rule) => ({ severity: "error", ...rule })),
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: ["node_modules", "^dist/", GEN] },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["types", "require", "node", "default"] },
  },
};
