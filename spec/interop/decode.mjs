// What npm cbor2 makes of CBOR in its CDE mode: one answer a line, for jwp-core/tests/outside.rs.
//
//   node decode.mjs PEERS    PEERS/node_modules holds cbor2
//
// Input lines are `item HEX` (one value) or `receipt HEX`; the answer is the value in the notation of `say`,
// or `refused WORDS`. A receipt is read as it is nested: envelope, header, payload.
import fs from "fs";
import path from "path";
import { createRequire } from "module";
import { pathToFileURL } from "url";

const here = createRequire(path.resolve(process.argv[2], "package.json"));
const { cdeDecodeOptions, decode, Simple, Tag } = await import(pathToFileURL(here.resolve("cbor2")));
// Maps as maps, whatever the keys; tags as tags, whatever the number.
const options = { ...cdeDecodeOptions, preferMap: true, rejectDuplicateKeys: true, tags: new Map() };
const hex = (bytes) => Buffer.from(bytes).toString("hex");

function say(value) {
  if (typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value).toString() : `float ${value}`;
  if (typeof value === "string") return `t'${hex(Buffer.from(value, "utf8"))}'`;
  if (value instanceof Uint8Array) return `h'${hex(value)}'`;
  if (value instanceof Tag) return `${value.tag}(${say(value.contents)})`;
  if (value instanceof Simple) return `simple(${value.value})`;
  if (Array.isArray(value)) return `[${value.map(say).join(",")}]`;
  if (value instanceof Map) return `{${[...value].map(([key, each]) => `${say(key)}:${say(each)}`).join(",")}}`;
  return String(value); // null, undefined, and whatever else there is
}

function answer(kind, bytes) {
  try {
    const value = decode(bytes, options);
    if (kind === "item") return say(value);
    const parts = value.contents;
    if (!(value instanceof Tag) || Number(value.tag) !== 18 || !Array.isArray(parts)) throw new Error("no message");
    return [parts, decode(parts[0], options), decode(parts[2], options)].map(say).join(" ");
  } catch (error) {
    return `refused ${error.message}`.replaceAll(/\s+/g, " ");
  }
}

const answers = [];
for (const line of fs.readFileSync(0, "utf8").split("\n")) {
  if (!line) continue;
  const [kind, data] = line.split(" ");
  answers.push(answer(kind, Buffer.from(data, "hex")));
}
fs.writeSync(1, answers.map((line) => line + "\n").join(""));
