using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Search.Spaces;

namespace FaceBias.Workflows.Sweep;

/// <summary>The space of plain heads and of mitigation methods side by side: a choice of the method, and under each of
/// its choices the parameters of its own.</summary>
internal static class MethodSpace
{
    /// <summary>Name of the choice.</summary>
    public const string Method = "method";

    /// <summary>The choice that stands for <c>facebias train</c>.</summary>
    public const string Plain = "heads";

    /// <summary>Parameters of plain heads that methods look at too.</summary>
    private static readonly string[] Shared = ["epochs", "batch-size"];

    /// <summary>Whether a method can be judged on validation rows and used on images whose group nobody
    /// knows.</summary>
    public static bool CanSweep(MitigationMethod method) =>
        (method.Groups & (GroupUse.Fitting | GroupUse.Prediction)) == 0;

    /// <summary>Joins parameters of heads with those of methods.</summary>
    public static IReadOnlyList<Parameter> Join(IReadOnlyList<Parameter> heads, IReadOnlyList<MitigationMethod> methods)
    {
        if (methods.Count == 0)
            return heads;
        var joined = new List<Parameter>
        {
            new ChoiceParameter(Method, [Plain, .. methods.Select(m => m.Name)]) { Default = 0, Cheapest = 0 },
        };
        joined.AddRange(
            heads.Select(p => Shared.Contains(p.Name) ? p : p with { When = [new(Method, [0]), .. p.When] }));
        for (var m = 0; m < methods.Count; m++)
            joined.AddRange(methods[m].SpaceUnder(Method, m + 1));
        return joined;
    }
}
