// One exported name → its section: what it is, its props or members with default and meaning, its calls.
import ts from "typescript";
import { callLines, docOf, inTable, propTable, tagOf, typeText } from "./text.mjs";

/** What an alias stands for. */
export const resolved = (symbol, { checker }) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** Interfaces of ours that the props of a type take, lists and maps of them included; exported or not. */
export function mentionedIn(symbol, context) {
  if ((symbol.flags & ts.SymbolFlags.Interface) === 0) return [];
  const { checker, src } = context;
  const isOurs = (each) =>
    each !== undefined &&
    (each.flags & ts.SymbolFlags.Interface) !== 0 &&
    each.declarations?.some((one) => one.getSourceFile().fileName.startsWith(src));
  const members = ownMembers(checker.getDeclaredTypeOfSymbol(symbol), context);
  return members.flatMap((member) => {
    const type = checker.getNonNullableType(checker.getTypeOfSymbol(member));
    const parts = type.isUnion() ? type.types : [type];
    const inner = parts.flatMap((part) => [part, ...(checker.getTypeArguments(part) ?? [])]);
    return inner.map((part) => part.getSymbol()).filter(isOurs);
  });
}

/** @param context `checker`, and `src`: the folder of our sources */
export function describeExport(exported, context) {
  const symbol = resolved(exported, context);
  const parts = [...valueParts(symbol, context), ...typeParts(symbol, context)];
  return [`## ${exported.name}\n`, ...withoutRepeats(parts)].join("\n");
}

function valueParts(symbol, context) {
  if ((symbol.flags & ts.SymbolFlags.Value) === 0) return [];
  const { checker } = context;
  const type = checker.getTypeOfSymbol(symbol);
  const made = type.getConstructSignatures();
  if (made.length > 0) return classParts(symbol, type, made, context);
  const calls = type.getCallSignatures();
  if (calls.length > 0) return calls.flatMap((call) => callLines(symbol.name, call, context));
  const members = ownMembers(type, context);
  const head = [docOf(symbol, context)];
  if (members.length === 0) return [...head, `\`${inTable(typeText(type, context))}\`\n`];
  return [...head, ...membersOf(members, `${symbol.name}.`, context)];
}

function classParts(symbol, type, made, context) {
  const [first] = made;
  const instance = first.getReturnType();
  const classDoc = docOf(symbol, context) || docOf(instance.getSymbol(), context);
  const construct = made.flatMap((call) => callLines(`new ${symbol.name}`, call, context));
  const statics = ownMembers(type, context).filter(({ name }) => name !== "prototype");
  return [
    classDoc,
    ...construct,
    ...membersOf(statics, `${symbol.name}.`, context),
    ...membersOf(ownMembers(instance, context), "", context),
  ];
}

/** Methods as calls, everything else in one table. */
function membersOf(members, prefix, context) {
  const { checker } = context;
  const callsOf = (member) => (member.flags & ts.SymbolFlags.Method ? checker.getTypeOfSymbol(member) : undefined);
  const props = members.filter((member) => callsOf(member) === undefined);
  const calls = members.flatMap((member) =>
    (callsOf(member)?.getCallSignatures() ?? []).flatMap((call) => callLines(prefix + member.name, call, context)),
  );
  return [...(props.length === 0 ? [] : [propTable(props, prefix, context)]), ...calls];
}

function typeParts(symbol, context) {
  const isType = symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias);
  if (isType === 0 || symbol.flags & ts.SymbolFlags.Value) return [];
  const { checker } = context;
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  const members = ownMembers(type, context);
  const doc = docOf(symbol, context) || docOf(type.getSymbol(), context);
  const isData = members.length > 0 && type.getCallSignatures().length === 0 && !type.isUnion();
  if (isData) return [doc, ...membersOf(members, "", context)];
  return [doc, `\`\`\`ts\n${aliasText(symbol, type, context)}\n\`\`\`\n`];
}

function aliasText(symbol, type, context) {
  const declaration = symbol.declarations?.find(ts.isTypeAliasDeclaration);
  return declaration?.getText().replace(/^export /, "") ?? typeText(type, context);
}

/** What our sources declare, public. */
function ownMembers(type, { checker, src }) {
  return checker.getPropertiesOfType(type).filter((member) => {
    const [declaration] = member.declarations ?? [];
    if (declaration === undefined || !declaration.getSourceFile().fileName.startsWith(src)) return false;
    const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
    return (ts.getCombinedModifierFlags(declaration) & hidden) === 0 && tagOf(member, "internal") === undefined;
  });
}

const withoutRepeats = (parts) => parts.filter((part, index) => part !== "" && parts.indexOf(part) === index);
