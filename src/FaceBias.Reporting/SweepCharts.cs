using System.Globalization;
using System.Text.Json.Nodes;
using FaceBias.Auditing;
using FaceBias.Core.Search.Results;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;

namespace FaceBias.Reporting;

/// <summary>The charts of a sweep's page as Vega-Lite specifications.</summary>
internal static class SweepCharts
{
    private const string Blue = "#0072B2", Orange = "#B34E00", Grey = "#8a8a8a";

    /// <summary>The objective over the trials, and the best so far as a line.</summary>
    public static JsonObject History(IReadOnlyList<Trial> trials, Func<double, double> readable, string title, bool isError)
    {
        var rows = new JsonArray();
        var best = double.PositiveInfinity;
        foreach (var t in trials.Where(t => double.IsFinite(t.Loss)))
        {
            best = t.IsFeasible ? Math.Min(best, t.Loss) : best;
            rows.Add(new JsonObject
            {
                ["trial"] = t.Number, ["value"] = readable(t.Loss), ["what"] = State(t), ["best"] = double.IsFinite(best) ? readable(best) : null,
                ["values"] = t.Configuration.ToString(),
            });
        }
        return Charts.Parse($$"""
            {"data":{"values":{{rows.ToJsonString()}} },"width":640,"height":260,
             "encoding":{"x":{"field":"trial","type":"quantitative","title":"trial","axis":{"tickMinStep":1} } },
             "layer":[
               {"mark":{"type":"line","interpolate":"step-after","color":"{{Blue}}","strokeWidth":2},"encoding":{"y":{"field":"best","type":"quantitative","title":{{Charts.Quote(title)}},{{Objective(trials, readable, isError)}} } } },
               {"mark":{"type":"point","filled":true,"size":45,"opacity":0.9},"encoding":{"y":{"field":"value","type":"quantitative"},
                 "shape":{"field":"what","type":"nominal","title":null,"legend":{"orient":"top"},"scale":{"domain":["measured","breaks a constraint","ended early"],"range":["circle","square","cross"]} },
                 "color":{"field":"what","type":"nominal","title":null,"scale":{"domain":["measured","breaks a constraint","ended early"],"range":["{{Blue}}","{{Orange}}","{{Grey}}"]} },
                 "tooltip":[{"field":"trial"},{"field":"value","format":".4f"},{"field":"values"}] } }
             ]}
            """);
    }

    /// <summary>Scale and axis of an objective. The worst tenth of the trials stands at the edge: one hopeless trial would press all
    /// others into a line.</summary>
    private static string Objective(IReadOnlyList<Trial> trials, Func<double, double> readable, bool isError)
    {
        double[] losses = [.. trials.Select(t => t.Loss).Where(double.IsFinite).Order()];
        if (losses.Length == 0)
            return "\"scale\":{\"zero\":false}";
        double best = losses[0], worst = Bootstrap.Quantile(losses, 0.9), margin = Math.Max(1e-6, 0.05 * (worst - best));
        double[] ends = [readable(best - margin), readable(worst + margin)];
        return string.Create(CultureInfo.InvariantCulture,
            $"\"scale\":{{\"zero\":false,\"nice\":false,\"clamp\":true,\"domain\":[{ends.Min():R},{ends.Max():R}]}},\"axis\":{{\"format\":\"{(isError ? ".2f" : ".1%")}\"}}");
    }

    /// <summary>A line per trial across an axis per parameter; the better, the darker.</summary>
    public static JsonObject Parallel(IReadOnlyList<Trial> trials, IReadOnlyList<string> names)
    {
        var rows = new JsonArray();
        var order = TrialOrder.Sort(trials.Where(t => t.Result is not null));
        for (var rank = 0; rank < order.Count; rank++)
        {
            var positions = order[rank].Configuration.Positions();
            foreach (var name in names)
                if (order[rank].Configuration.Has(name))
                    rows.Add(new JsonObject
                    {
                        ["trial"] = order[rank].Number, ["parameter"] = name, ["position"] = positions[order[rank].Configuration.Space.IndexOf(name)],
                        ["value"] = order[rank].Configuration.Text(name), ["part"] = rank < Math.Max(1, order.Count / 10) ? "best tenth" : "other trials",
                    });
        }
        var sort = new JsonArray([.. names.Select(n => JsonValue.Create(n))]).ToJsonString();
        return Charts.Parse($$"""
            {"data":{"values":{{rows.ToJsonString()}} },"width":{"step":92},"height":300,
             "mark":{"type":"line","point":{"size":22},"opacity":0.75},
             "encoding":{"x":{"field":"parameter","type":"nominal","sort":{{sort}},"title":null,"axis":{"labelAngle":-30,"labelLimit":160,"grid":true,"domain":false} },
               "y":{"field":"position","type":"quantitative","title":"position in its range","scale":{"domain":[0,1]},"axis":{"values":[0,1],"labelExpr":"datum.value == 0 ? 'low' : 'high'"} },
               "detail":{"field":"trial","type":"nominal"},"order":{"field":"trial"},
               "color":{"field":"part","type":"nominal","title":null,"legend":{"orient":"top"},"scale":{"domain":["other trials","best tenth"],"range":["#c4c4c4","{{Blue}}"]} },
               "strokeWidth":{"condition":{"test":"datum.part === 'best tenth'","value":2.5},"value":1},
               "tooltip":[{"field":"trial"},{"field":"parameter"},{"field":"value"}] } }
            """);
    }

    /// <summary>A bar per parameter.</summary>
    public static JsonObject Importance(IReadOnlyList<(string Name, double Share)> shares)
    {
        var rows = new JsonArray([.. shares.Select(s => new JsonObject { ["parameter"] = s.Name, ["share"] = s.Share })]);
        return Charts.Parse($$"""
            {"data":{"values":{{rows.ToJsonString()}} },"width":460,"height":{"step":20},"mark":{"type":"bar","color":"{{Blue}}"},
             "encoding":{"y":{"field":"parameter","type":"nominal","sort":null,"title":null,"axis":{"labelLimit":220,"ticks":false,"domain":false} },
               "x":{"field":"share","type":"quantitative","title":"share of the importance","axis":{"format":".0%"} } } }
            """);
    }

    /// <summary>The objective against single parameters, one panel each.</summary>
    public static JsonObject Slices(IReadOnlyList<Trial> trials, IReadOnlyList<Parameter> parameters, Func<double, double> readable, string title, bool isError)
    {
        var panels = parameters.Select(p =>
        {
            var rows = new JsonArray([.. trials.Where(t => double.IsFinite(t.Loss) && t.Configuration.Has(p.Name)).Select(t => new JsonObject
            {
                ["x"] = p is ChoiceParameter ? t.Configuration.Text(p.Name) : t.Configuration.Number(p.Name), ["y"] = readable(t.Loss), ["what"] = State(t),
            })]);
            var x = p is NumberParameter n ? $$"""{"field":"x","type":"quantitative","scale":{"type":"{{(n.Log ? "log" : "linear")}}","zero":false,"nice":false} """
                : """{"field":"x","type":"nominal" """;
            return $$"""
                {"data":{"values":{{rows.ToJsonString()}} },"width":200,"height":150,"mark":{"type":"point","filled":true,"size":32,"opacity":0.8},
                 "encoding":{"x":{{x}},"title":{{Charts.Quote(p.Name)}} },"y":{"field":"y","type":"quantitative","title":{{Charts.Quote(title)}},{{Objective(trials, readable, isError)}} },
                   "color":{"field":"what","type":"nominal","title":null,"legend":null,"scale":{"domain":["measured","breaks a constraint","ended early"],"range":["{{Blue}}","{{Orange}}","{{Grey}}"]} } } }
                """;
        });
        return Charts.Parse($$"""{"concat":[{{string.Join(",", panels)}}],"columns":3,"spacing":24}""");
    }

    /// <summary>Average against gap, with intervals for the trials that none betters in both.</summary>
    public static JsonObject Frontier(IReadOnlyList<FrontierPoint> points, bool isError, int winner)
    {
        var rows = new JsonArray([.. points.Select(p => new JsonObject
        {
            ["trial"] = p.Trial, ["average"] = p.Average.Value, ["gap"] = p.Gap.Value, ["front"] = p.Trial == winner ? "winner" : p.OnFront ? "on the frontier" : "bettered",
            ["averageLow"] = p.OnFront ? p.Average.Low : null, ["averageHigh"] = p.Average.High, ["gapLow"] = p.OnFront ? p.Gap.Low : null, ["gapHigh"] = p.Gap.High,
        })]);
        var format = isError ? ".2f" : ".1%";
        return Charts.Parse($$"""
            {"data":{"values":{{rows.ToJsonString()}} },"width":560,"height":320,
             "encoding":{"color":{"field":"front","type":"nominal","title":null,"legend":{"orient":"top"},"scale":{"domain":["bettered","on the frontier","winner"],"range":["#b8b8b8","{{Blue}}","{{Orange}}"]} } },
             "layer":[
               {"transform":[{"filter":"datum.gapLow !== null"}],"mark":{"type":"rule","opacity":0.45},"encoding":{"x":{"field":"average","type":"quantitative"},"y":{"field":"gapLow","type":"quantitative"},"y2":{"field":"gapHigh"} } },
               {"transform":[{"filter":"datum.averageLow !== null"}],"mark":{"type":"rule","opacity":0.45},"encoding":{"y":{"field":"gap","type":"quantitative"},"x":{"field":"averageLow","type":"quantitative"},"x2":{"field":"averageHigh"} } },
               {"mark":{"type":"point","filled":true,"size":70,"opacity":1},"encoding":{
                 "x":{"field":"average","type":"quantitative","title":"{{(isError ? "mean absolute error over all validation images" : "accuracy over all validation images")}}","scale":{"zero":false,"reverse":{{(isError ? "true" : "false")}} },"axis":{"format":"{{format}}"} },
                 "y":{"field":"gap","type":"quantitative","title":"gap between best and worst group","scale":{"zero":false},"axis":{"format":"{{format}}"} },
                 "tooltip":[{"field":"trial"},{"field":"average","format":".4f"},{"field":"gap","format":".4f"}] } }
             ]}
            """);
    }

    /// <summary>Time of each trial.</summary>
    public static JsonObject Cost(IReadOnlyList<Trial> trials)
    {
        var rows = new JsonArray([.. trials.Select(t => new JsonObject { ["trial"] = t.Number, ["seconds"] = t.Seconds, ["what"] = State(t) })]);
        return Charts.Parse($$"""
            {"data":{"values":{{rows.ToJsonString()}} },"width":640,"height":160,"mark":{"type":"bar"},
             "encoding":{"x":{"field":"trial","type":"ordinal","axis":{"labelOverlap":true,"labelAngle":0} },"y":{"field":"seconds","type":"quantitative"},
               "color":{"field":"what","type":"nominal","title":null,"legend":{"orient":"top"},"scale":{"domain":["measured","breaks a constraint","ended early","failed"],"range":["{{Blue}}","{{Orange}}","{{Grey}}","#A0447D"]} } } }
            """);
    }

    /// <summary>How a trial ended, in words.</summary>
    public static string State(Trial t) => t.State switch
    {
        TrialState.Pruned => "ended early",
        TrialState.Failed => "failed",
        _ => t.IsFeasible ? "measured" : "breaks a constraint",
    };
}
