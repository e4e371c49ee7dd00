using System.Text.Json.Nodes;
using FaceBias.Core.Heads.Results;

namespace FaceBias.Reporting;

/// <summary>The charts of a comparison of mitigation methods.</summary>
internal static class MitigationCharts
{
    private const string Palette = """["#0072B2","#B34E00","#00795A","#A0447D","#5A5A5A","#8A6D00"]""";

    /// <summary>A bar of errors per group and method: of accuracies near 100% nobody would see the differences.</summary>
    public static JsonObject Groups(MitigationResult result)
    {
        var values = new JsonArray();
        foreach (var m in All(result))
            for (var g = 0; g < result.GroupNames.Count; g++)
                if (m.Groups[g] is { } value)
                    values.Add(new JsonObject { ["method"] = m.Title, ["group"] = result.GroupNames[g], ["value"] = result.IsError ? value : 1 - value });
        return Charts.Parse($$"""
            {"data":{"values":{{values.ToJsonString()}} },"width":640,"height":{"step":{{(result.GroupNames.Count > 6 ? 6 : 9)}} },
             "mark":{"type":"bar"},
             "encoding":{"y":{"field":"method","type":"nominal","sort":null,"title":null,"axis":{"labelLimit":240,"ticks":false,"domain":false} },
               "yOffset":{"field":"group","type":"nominal","sort":null},
               "x":{"field":"value","type":"quantitative","title":{{Charts.Quote(result.IsError ? result.Metric : "wrong answers")}},"axis":{"format":"{{Format(result)}}","tickCount":6} },
               "color":{"field":"group","type":"nominal","sort":null,"title":null,"legend":{"orient":"top","columns":4,"labelLimit":300},"scale":{"range":{{Palette}} } } } }
            """);
    }

    /// <summary>Group average against worst group, one point per method with its deviations: up and to the right is better
    /// for both.</summary>
    public static JsonObject Frontier(MitigationResult result)
    {
        var values = new JsonArray([.. All(result).Select(m => new JsonObject
        {
            ["method"] = m.Title, ["kind"] = m.GroupLabels.Contains("training", StringComparison.Ordinal) || m.GroupLabels.Contains("fitting", StringComparison.Ordinal) ? "fitted with group labels" : "fitted without group labels",
            ["worst"] = m.Worst.Mean, ["low"] = m.Worst.Mean - (m.Worst.Deviation ?? 0), ["high"] = m.Worst.Mean + (m.Worst.Deviation ?? 0), ["average"] = m.GroupAverage.Mean,
        })]);
        var y = $$"""{"field":"worst","type":"quantitative","scale":{"zero":false},"title":{{Charts.Quote("worst group, " + result.Metric)}},"axis":{"format":"{{Fine(result)}}"} }""";
        var x = $$"""{"field":"average","type":"quantitative","scale":{"zero":false,"padding":40},"title":{{Charts.Quote("group average, " + result.Metric)}},"axis":{"format":"{{Fine(result)}}"} }""";
        return Charts.Parse($$"""
            {"data":{"values":{{values.ToJsonString()}} },"width":640,"height":420,
             "layer":[
               {"mark":{"type":"rule","opacity":0.6},"encoding":{"x":{{x}},"y":{"field":"low","type":"quantitative"},"y2":{"field":"high"} } },
               {"mark":{"type":"point","filled":true,"size":90,"opacity":1},"encoding":{"x":{{x}},"y":{{y}},"color":{"field":"kind","type":"nominal","title":null,"legend":{"orient":"top","labelLimit":300},"scale":{"range":{{Palette}} } } } },
               {"mark":{"type":"text","dx":8,"align":"left","fontSize":11},"encoding":{"x":{{x}},"y":{{y}},"text":{"field":"method"} } }
             ]}
            """);
    }

    /// <summary>The worst group's metric on validation over epochs, one panel per method and a line per seed.</summary>
    public static JsonObject Curves(MitigationResult result)
    {
        var values = new JsonArray();
        foreach (var m in result.Methods)
            foreach (var s in m.Seeds)
                foreach (var p in s.History.Where(p => p.Series == "worst group/validation" && double.IsFinite(p.Value)))
                    values.Add(new JsonObject { ["method"] = m.Title, ["seed"] = $"seed {s.Seed}", ["epoch"] = p.Epoch, ["value"] = p.Value, ["kept"] = p.Epoch == s.Epoch });
        return Charts.Parse($$"""
            {"data":{"values":{{values.ToJsonString()}} },
             "facet":{"field":"method","type":"nominal","sort":null,"title":null,"header":{"labelFontWeight":"bold","labelLimit":230} },"columns":3,
             "spec":{"width":230,"height":120,"encoding":{"x":{"field":"epoch","type":"quantitative","title":"epoch","axis":{"tickMinStep":1,"tickCount":5} },"y":{"field":"value","type":"quantitative","scale":{"zero":false},"title":"worst group","axis":{"format":"{{Format(result)}}","tickCount":4} },
               "color":{"field":"seed","type":"nominal","title":null,"legend":{"orient":"top"},"scale":{"range":{{Palette}} } } },
               "layer":[{"mark":{"type":"line","strokeWidth":1.5} },{"transform":[{"filter":"datum.kept"}],"mark":{"type":"point","filled":true,"size":50,"opacity":1} }] } }
            """);
    }

    internal static IEnumerable<MethodResult> All(MitigationResult result) => result.Oracle is { } o ? result.Methods.Append(o) : result.Methods;

    // Methods lie close together, so whole percents would repeat on an axis.
    private static string Fine(MitigationResult result) => result.IsError ? ".2f" : ".1%";

    private static string Format(MitigationResult result) => result.IsError ? ".1f" : ".0%";
}
