using System.Globalization;
using FaceBias.Core.Mitigation;
using FaceBias.Core.Search.Spaces;

namespace FaceBias.Workflows.Sweep;

/// <summary>The space of plain heads and of mitigation methods side by side: a choice of the method, and under each of its choices
/// the parameters of its own.</summary>
public static class MethodSpace
{
    /// <summary>Name of the choice.</summary>
    public const string Method = "method";

    /// <summary>The choice that stands for <c>facebias train</c>.</summary>
    public const string Plain = "heads";

    /// <summary>Parameters of plain heads that methods look at too.</summary>
    private static readonly string[] Shared = ["epochs", "batch-size"];

    /// <summary>Whether a method can be judged on validation rows and used on images whose group nobody knows.</summary>
    public static bool CanSweep(MitigationMethod method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return (method.Groups & (GroupUse.Fitting | GroupUse.Prediction)) == 0;
    }

    /// <summary>Joins parameters of heads with those of methods.</summary>
    public static IReadOnlyList<Parameter> Join(IReadOnlyList<Parameter> heads, IReadOnlyList<MitigationMethod> methods)
    {
        ArgumentNullException.ThrowIfNull(heads);
        ArgumentNullException.ThrowIfNull(methods);
        if (methods.Count == 0)
            return heads;
        var joined = new List<Parameter>
        {
            new ChoiceParameter(Method, [Plain, .. methods.Select(m => m.Name)]) { Default = 0, Cheapest = 0 },
        };
        joined.AddRange(heads.Select(p => Shared.Contains(p.Name) ? p : p with { When = [new(Method, [0]), .. p.When] }));
        for (var m = 0; m < methods.Count; m++)
            foreach (var h in methods[m].Space)
                joined.Add(Parameter(methods[m], h) with { When = [new(Method, [m + 1])] });
        return joined;
    }

    /// <summary>The settings of a method in a configuration; what the space leaves out is as published.</summary>
    internal static Settings Settings(MitigationMethod method, Configuration c) =>
        new(method.Space.ToDictionary(h => h.Name, h => HeadSpace.Value(c, Name(method, h), h.Default)));

    private static string Name(MitigationMethod method, Hyperparameter h) => $"{method.Name}.{h.Name}";

    private static Parameter Parameter(MitigationMethod method, Hyperparameter h)
    {
        var name = Name(method, h);
        if (h.Scale != Scale.Choice)
            return new NumberParameter(name, h.Low, h.High, Log: h.Scale == Scale.Log) { Default = h.Default, Least = Math.Min(0, h.Low) };
        string[] choices = [.. h.Choices.Select(x => x.ToString("R", CultureInfo.InvariantCulture))];
        return new ChoiceParameter(name, choices) { Default = Math.Max(0, h.Choices.ToList().IndexOf(h.Default)) };
    }
}
