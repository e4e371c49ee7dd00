using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;

namespace FaceBias.Onnx.Runtime;

/// <summary>What a failure of ONNX Runtime means to the user: its own messages speak of source files and
/// kernels.</summary>
internal static partial class RuntimeReason
{
    /// <summary>The end of a sentence, without a full stop.</summary>
    public static string Of(OnnxRuntimeException failure)
    {
        var text = failure.Message;
        if (Missing().Match(text) is { Success: true } missing)
            return $"the operator '{missing.Groups[1].Value}' (operator set {missing.Groups[2].Value}) is not "
                + "implemented for these types of numbers";
        if (Unknown().Match(text) is { Success: true } unknown)
            return $"the operator '{unknown.Groups[1].Value}' is not known; it may come from an extension that is not installed";
        if (text.Contains("terminate flag", StringComparison.OrdinalIgnoreCase))
            return "it took too long and was stopped";
        if (OutOfMemory().IsMatch(text))
            return "it asks for more memory than there is";
        if (text.Contains("IR version", StringComparison.Ordinal)
            || text.Contains("ONNX Runtime only *guarantees* support", StringComparison.Ordinal))
            return "it is written in a version of ONNX that is newer than this runtime; export it with an older "
                + "operator set";
        if (Failed().Match(text) is { Success: true } failed)
            return $"its node '{failed.Groups[2].Value}' ({failed.Groups[1].Value}) fails: the sizes or values that "
                + "reach it do not fit";
        if (WrongInput().IsMatch(text))
            return "its input has other dimensions than it declares";
        if (Node().Match(text) is { Success: true } node)
            return $"its graph contradicts itself at the node '{node.Groups[1].Value}'";
        return "its graph contradicts itself or is damaged";
    }

    [GeneratedRegex(@"Could not find an implementation for (?:the node \S*?:)?(\w+)\((\d+)\)")]
    private static partial Regex Missing();

    [GeneratedRegex(@"(?:Fatal error: |ONNX_RUNTIME::|^.*?)([\w.:]+) ?(?:\(-?\d+\) )?is not a registered function/op")]
    private static partial Regex Unknown();

    [GeneratedRegex(@"[Ff]ailed to allocate|bad_alloc|bad allocation|Available memory of|exceeds? .*memory|out of memory|SafeInt.*[Oo]verflow|Integer overflow")]
    private static partial Regex OutOfMemory();

    [GeneratedRegex(@"while running (\w+) node\. Name:'([^']*)'")]
    private static partial Regex Failed();

    [GeneratedRegex(@"Got invalid dimensions for input|Invalid rank for input|Unexpected input data type")]
    private static partial Regex WrongInput();

    [GeneratedRegex(@"Node[: ]*\(([^)]*)\)")]
    private static partial Regex Node();
}
