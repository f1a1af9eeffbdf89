// Runs one verifier script over many receipts in one process, as if each had its own.
//
//   node batch.mjs VERIFIER.mjs LIST    LIST: lines of RECEIPT<tab>PUBLIC_KEY; prints one exit code a line
//
// The script is run anew, unchanged, for each line (a query makes it another module), with the arguments
// of that line; what it imports is imported once.
import fs from "fs";
import path from "path";
import { pathToFileURL } from "url";

const [, , script, list] = process.argv;
const url = pathToFileURL(path.resolve(script)).href;
const exit = process.exit, log = console.log;
let number = 0;
for (const line of fs.readFileSync(list, "utf8").split("\n").filter(Boolean)) {
  process.argv = [process.argv[0], script, ...line.split("\t")];
  let code;
  // A script that ends inside `try` is thrown out of it here, and ends again in its `catch`: the first counts.
  process.exit = (value) => {
    code ??= value ?? 0;
    throw new Error("ended");
  };
  console.log = () => {};
  try {
    await import(`${url}?${number++}`);
  } catch {
    code ??= 99; // fell over: neither accepted nor refused
  }
  process.exit = exit;
  console.log = log;
  log(code ?? 0);
}
