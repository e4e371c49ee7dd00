using System.Text.RegularExpressions;
using Mono.Cecil;
using Mono.Cecil.Cil;
using FaceBias.Tests;

namespace FaceBias.Core.Tests;

/// <summary>The house stands: folders import each other in one direction, and an assembly only those below
/// it.</summary>
public class ArchitectureTests
{
    /// <summary>What each assembly may use; docs/explanation/architecture.md draws it.</summary>
    private static readonly Dictionary<string, string[]> s_below = new()
    {
        ["FaceBias.Primitives"] = [],
        ["FaceBias.Onnx"] = ["FaceBias.Primitives"],
        ["FaceBias.Auditing"] = ["FaceBias.Primitives"],
        ["FaceBias.Synthesis"] = ["FaceBias.Primitives"],
        ["FaceBias.Core"] = ["FaceBias.Primitives", "FaceBias.Onnx", "FaceBias.Auditing"],
        ["FaceBias.ImageSharp"] = ["FaceBias.Primitives", "FaceBias.Core"],
        ["FaceBias.Reporting"] = ["FaceBias.Primitives", "FaceBias.Onnx", "FaceBias.Auditing", "FaceBias.Core"],
        ["FaceBias.Exporting"] = ["FaceBias.Primitives", "FaceBias.Onnx", "FaceBias.Auditing", "FaceBias.Core"],
        ["FaceBias.Server"] = ["FaceBias.Primitives", "FaceBias.Onnx", "FaceBias.Auditing", "FaceBias.Core"],
        ["FaceBias.Workflows"] =
        [
            "FaceBias.Primitives", "FaceBias.Onnx", "FaceBias.Auditing", "FaceBias.Synthesis", "FaceBias.Core",
            "FaceBias.Reporting", "FaceBias.Exporting",
        ],
    };

    private static readonly ModuleDefinition[] s_modules =
        [.. s_below.Keys.Select(
            name => ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, name + ".dll")))];

    [Fact]
    public void Assemblies_use_only_those_below_them()
    {
        foreach (var module in s_modules)
        {
            var used = module.AssemblyReferences.Select(r => r.Name).Where(s_below.ContainsKey);
            Assert.Empty(used.Except(s_below[module.Assembly.Name.Name])
                .Select(name => $"{module.Assembly.Name.Name} uses {name}"));
        }
    }

    [Fact]
    public void The_drawing_shows_what_assemblies_use()
    {
        var page = File.ReadAllText(Path.Combine(TestPaths.Repository, "docs", "explanation", "architecture.md"));
        var drawn = Regex.Matches(page[..page.IndexOf("## ", StringComparison.Ordinal)],
            @"^ +(\w+)(?:\[.*\])? --> (\w+)", RegexOptions.Multiline)
            .Select(m => (From: "FaceBias." + m.Groups[1].Value, To: "FaceBias." + m.Groups[2].Value)).ToArray();
        foreach (var (from, to) in drawn)
        {
            var project = Path.Combine(TestPaths.Repository, "src", from, from + ".csproj");
            Assert.True(s_below.TryGetValue(from, out var below) ? below.Contains(to)
                : File.ReadAllText(project).Contains(to), $"{from} does not use {to}");
        }
        var arrows = drawn.GroupBy(e => e.From).ToDictionary(g => g.Key, g => g.ToDictionary(e => e.To, _ => ""));
        foreach (var module in s_modules)
            Assert.Empty(module.AssemblyReferences.Select(r => r.Name).Where(s_below.ContainsKey)
                .Where(used => !Reaches(arrows, module.Assembly.Name.Name, used))
                .Select(used => $"{module.Assembly.Name.Name} to {used} is not drawn"));
    }

    [Fact]
    public void Auditing_needs_no_native_library() => Assert.All(
        s_modules.Where(m => m.Assembly.Name.Name is "FaceBias.Primitives" or "FaceBias.Auditing")
            .SelectMany(m => m.AssemblyReferences),
        r => Assert.True(r.Name is "FaceBias.Primitives" or "MathNet.Numerics" || r.Name.StartsWith("System."),
            r.Name));

    [Fact]
    public void Namespaces_have_no_cycles()
    {
        var uses = new Dictionary<string, Dictionary<string, string>>();
        foreach (var type in s_modules.SelectMany(m => m.GetTypes()))
        {
            var from = Namespace(type);
            foreach (var used in References(type).Select(Namespace).Distinct())
                if (used != from && used.StartsWith("FaceBias") && from.StartsWith("FaceBias"))
                {
                    if (!uses.TryGetValue(from, out var targets))
                        uses[from] = targets = [];
                    targets.TryAdd(used, type.FullName);
                }
        }
        var cycles = from a in uses.Keys
                     from b in uses[a].Keys
                     where Reaches(uses, b, a)
                     orderby a, b
                     select $"{a} uses {b} (in {uses[a][b]}), and {b} uses {a}, perhaps by way of others";
        Assert.Equal("", string.Join('\n', cycles));
    }

    [Fact]
    public void Folders_are_namespaces()
    {
        var source = Path.Combine(TestPaths.Repository, "src");
        var strays = from file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
                     let path = Path.GetRelativePath(source, file).Replace('\\', '/')
                     let parts = path.Split('/')
                     where s_below.ContainsKey(parts[0]) && !parts.Contains("obj") && !parts.Contains("bin")
                         && !parts.Contains("Templates")
                     let expected = parts is ["FaceBias.Primitives", _] ? "FaceBias" : string.Join('.', parts[..^1])
                     let line = File.ReadLines(file).FirstOrDefault(l => l.StartsWith("namespace "))
                     where line is not null && line != $"namespace {expected};"
                     select $"{path}: {line} should be namespace {expected};";
        Assert.Equal("", string.Join('\n', strays));
    }

    private static bool Reaches(Dictionary<string, Dictionary<string, string>> uses, string from, string to)
    {
        var seen = new HashSet<string> { from };
        var open = new Stack<string>(seen);
        while (open.TryPop(out var at))
        {
            if (at == to)
                return true;
            foreach (var next in uses.GetValueOrDefault(at, []).Keys)
                if (seen.Add(next))
                    open.Push(next);
        }
        return false;
    }

    private static string Namespace(TypeReference type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;
        return type.Namespace;
    }

    /// <summary>Every type that a type's signatures and bodies name.</summary>
    private static IEnumerable<TypeReference> References(TypeDefinition type)
    {
        IEnumerable<TypeReference?> named =
        [
            type.BaseType, .. type.Interfaces.Select(i => i.InterfaceType), .. type.Fields.Select(f => f.FieldType),
            .. type.Methods.SelectMany(m => m.Parameters.Select(p => p.ParameterType).Append(m.ReturnType)),
            .. type.Methods.Where(m => m.HasBody).SelectMany(m => m.Body.Variables.Select(v => v.VariableType)),
            .. type.Methods.Where(m => m.HasBody).SelectMany(m => m.Body.Instructions).SelectMany(Operands),
        ];
        return named.OfType<TypeReference>().SelectMany(Parts).OfType<TypeReference>();
    }

    private static IEnumerable<TypeReference?> Operands(Instruction instruction) => instruction.Operand switch
    {
        TypeReference t => [t],
        GenericInstanceMethod m => [m.DeclaringType, .. m.GenericArguments],
        MemberReference m => [m.DeclaringType],
        _ => [],
    };

    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType g => g.GenericArguments.SelectMany(Parts).Append(g.ElementType),
        FunctionPointerType => [],
        TypeSpecification s => Parts(s.ElementType),
        GenericParameter => [],
        _ => [type],
    };
}
