// Checks that every PowerShell script of the repository parses, on a machine with only Node and npm:
//
//   npm ci --prefix eng --ignore-scripts
//   node eng/check-powershell.mjs [FILE|FOLDER ...]     the whole repository without arguments
//   node eng/check-powershell.mjs --self-test
//
// Prints file:line:column of each syntax error and exits with 1 if there is one, with 2 if it cannot run. The grammar
// and the parser are WebAssembly: nothing is compiled on installation, and no native binding has to fit the Node at hand.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const scripts = new Set(['.ps1', '.psm1', '.psd1']);
const skipped = new Set(['node_modules', 'bin', 'obj', 'artifacts', '.git']);

class Problem extends Error {}

async function createParser() {
  const require = createRequire(import.meta.url);
  try {
    const { Language, Parser } = await import('web-tree-sitter');
    await Parser.init();
    const grammar = join(dirname(require.resolve('tree-sitter-powershell/package.json')), 'tree-sitter-powershell.wasm');
    const parser = new Parser();
    parser.setLanguage(await Language.load(grammar));
    return parser;
  } catch (e) {
    throw new Problem(`the parser does not load (${e.message.split('\n')[0]}); run: npm ci --prefix eng --ignore-scripts`);
  }
}

/** Scripts under a file or folder, sorted. */
function find(path) {
  if (!existsSync(path)) throw new Problem(`there is no file or folder '${path}'`);
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : find(inner);
      return entry.isFile() && scripts.has(extname(entry.name)) ? [inner] : [];
    });
}

/** Error and missing nodes of a text, outermost errors only: what is inside one is a guess of the parser. */
function errorsOf(parser, text) {
  const tree = parser.parse(text);
  const errors = [];
  const visit = (node) => {
    if (node.isMissing) errors.push({ node, what: `'${node.type}' is missing` });
    else if (node.isError) errors.push({ node, what: `unexpected '${snippet(node.text)}'` });
    else if (node.hasError) for (const child of node.children) visit(child);
  };
  visit(tree.rootNode);
  const found = errors.map(({ node, what }) => ({ line: node.startPosition.row + 1, column: node.startPosition.column + 1, what }));
  tree.delete();
  return found;
}

/** The text without what PowerShell has and the grammar lacks: a byte order mark, and -in and -notin with the letter for
 * case, which becomes a blank so that columns stay. */
function understood(text) {
  return text.replace(/^\uFEFF/, '').replace(/(?<=\s)-[ci](in|notin)(?=\s)/gi, ' -$1');
}

function snippet(text) {
  const line = text.split('\n', 1)[0].trim();
  return line.length > 40 ? `${line.slice(0, 40)}...` : line;
}

/** Reports the errors of all scripts; returns their number. */
function check(parser, paths, print) {
  const files = paths.flatMap(find);
  if (files.length === 0) throw new Problem('there are no PowerShell scripts to check');
  let count = 0;
  for (const file of files) {
    for (const { line, column, what } of errorsOf(parser, understood(readFileSync(file, 'utf8')))) {
      print(`${relative(process.cwd(), file) || file}:${line}:${column}: ${what}`);
      count++;
    }
  }
  print(count === 0 ? `${files.length} PowerShell scripts parse.` : `${count} syntax errors in ${files.length} PowerShell scripts.`);
  return count;
}

/** Broken scripts must be caught where they are broken, and good ones let through. */
function selfTest(parser) {
  const broken = [
    ['unclosed brace', 'function Get-A {\n  "a"\n', 1],
    ['unclosed string', '$a = 1\n$b = "never closed\n', 2],
    ['missing operand', '$a = 1\n\n$b = 2 +\n', 3],
    ['stray bracket', 'Get-Item .\n$a = )\n', 2],
    ['half a parameter', 'param(\n  [string] $A,\n)\nif ($A) { 1 ', 1],
  ];
  const good = [
    '<#\n.SYNOPSIS\n  Help.\n#>\n[CmdletBinding()]\nparam([Parameter(Mandatory)][ValidateRange(1, 9)][int] $N)\n& (Join-Path $PSScriptRoot "x") @args\nexit $LASTEXITCODE\n',
    '\uFEFF$h = @{ A = 1 }\nforeach ($k in $h.Keys) { "$k = $($h[$k])" }\n',
    "if ($a -cnotin 'x', 'y' -and $b -iin $c) { throw 'no' }\n",
  ];
  const folder = mkdtempSync(join(tmpdir(), 'facebias-ps-'));
  try {
    for (const [name, text, line] of broken) {
      const file = join(folder, 'broken.ps1');
      writeFileSync(file, text);
      const lines = [];
      if (check(parser, [file], (l) => lines.push(l)) === 0) throw new Problem(`self-test: '${name}' was not caught`);
      const at = Number(lines[0].match(/:(\d+):\d+: /)[1]);
      if (at < line) throw new Problem(`self-test: '${name}' was reported at line ${at}, before line ${line}`);
    }
    for (const text of good) {
      const file = join(folder, 'good.ps1');
      writeFileSync(file, text);
      const lines = [];
      if (check(parser, [file], (l) => lines.push(l)) !== 0) throw new Problem(`self-test: a good script was refused: ${lines[0]}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`Self-test: ${broken.length} broken scripts caught, ${good.length} good ones let through.`);
}

try {
  const parser = await createParser();
  const args = process.argv.slice(2);
  if (args[0] === '--self-test') selfTest(parser);
  else process.exitCode = check(parser, args.length > 0 ? args.map((a) => resolve(a)) : [root], console.log) > 0 ? 1 : 0;
} catch (e) {
  if (!(e instanceof Problem)) throw e;
  console.error(`check-powershell: ${e.message}`);
  process.exitCode = 2;
}
