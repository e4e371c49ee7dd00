using System.Globalization;
using System.Text.Json.Nodes;
using FaceBias.Auditing;
using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

/// <summary>The charts as Vega-Lite specifications. Data only ever fill the values of named fields.</summary>
internal static class Charts
{
    /// <summary>A point of a curve that rests on fewer rows is hollow.</summary>
    private const int FewRows = 10;

    /// <summary>Colours that stay apart for all kinds of colour vision (Okabe and Ito 2008), dark enough on white.</summary>
    private static readonly string[] Palette = ["#0072B2", "#B34E00", "#00795A", "#A0447D", "#5A5A5A", "#8A6D00"];

    /// <summary>A dot and an interval per group, and a line at the metric of all rows; one panel per attribute over a
    /// shared axis.</summary>
    public static JsonObject Intervals(TargetAudit target, Metric metric)
    {
        var all = target.Overall.Find(metric.Key, target.Main.Class)?.Value is { } v ? v.ToString("R", CultureInfo.InvariantCulture) : "null";
        var format = metric.IsRate ? ".0%" : ".1f";
        GroupingAudit[] single = [.. target.Groupings.Where(g => g.Attributes.Count == 1)];
        var panels = single.Select((grouping, i) =>
        {
            var rows = new JsonArray([.. grouping.Groups
                .Select(g => (Name: g.Name(), Estimate: g.Find(metric.Key, target.Main.Class)!)).Where(g => g.Estimate.Low is not null)
                .Select(g => new JsonObject
                {
                    ["group"] = $"{g.Name}  (n = {Figures.Count(g.Estimate.Denominator)})",
                    ["value"] = g.Estimate.Value, ["low"] = g.Estimate.Low, ["high"] = g.Estimate.High,
                })]);
            var last = i == single.Length - 1;
            var axis = last ? $$"""{"format":"{{format}}","tickCount":6} """ : """{"labels":false,"ticks":false,"domain":false,"tickCount":6} """;
            const string Y = """{"field":"group","type":"nominal","sort":null,"title":null,"axis":{"labelLimit":300,"ticks":false,"domain":false,"minExtent":190} }""";
            return $$"""
                {"title":{"text":{{Quote("by " + grouping.Attributes[0])}},"anchor":"start","frame":"bounds","fontSize":13,"offset":6},
                 "data":{"values":{{rows.ToJsonString()}} },"width":540,"height":{"step":21},
                 "layer":[
                   {"mark":{"type":"rule","strokeDash":[4,3],"color":"#555"},"encoding":{"x":{"datum":{{all}} } } },
                   {"mark":{"type":"rule","strokeWidth":2.5,"color":"{{Palette[i % Palette.Length]}}"},"encoding":{"y":{{Y}},
                     "x":{"field":"low","type":"quantitative","scale":{"zero":false},"title":{{(last ? Quote(metric.Title) : "null")}},"axis":{{axis}} },"x2":{"field":"high"} } },
                   {"mark":{"type":"point","filled":true,"size":80,"opacity":1,"color":"{{Palette[i % Palette.Length]}}"},
                    "transform":[{"filter":"datum.value !== null"}],"encoding":{"y":{{Y}},"x":{"field":"value","type":"quantitative"} } }
                 ] }
                """;
        });
        return Parse($$"""
            {"vconcat":[{{string.Join(",", panels)}}],"spacing":16,"resolve":{"scale":{"x":"shared"} } }
            """);
    }

    /// <summary>A table of coloured cells, each with its value and its n.</summary>
    public static JsonObject Cells(IEnumerable<HeatCell> cells, string rowTitle, string columnTitle)
    {
        var values = new JsonArray();
        foreach (var c in cells)
        {
            var (fill, text) = Shade(c.Strength);
            values.Add(new JsonObject
            {
                ["row"] = c.Row, ["column"] = c.Column, ["value"] = c.Value, ["note"] = c.Note, ["fill"] = fill, ["ink"] = text,
            });
        }
        return Parse($$"""
            {"data":{"values":{{values.ToJsonString()}} },"width":{"step":86},"height":{"step":44},
             "encoding":{"x":{"field":"column","type":"nominal","sort":null,"title":{{Quote(columnTitle)}},"axis":{"orient":"top","labelAngle":0,"labelLimit":84,"ticks":false,"domain":false} },
                         "y":{"field":"row","type":"nominal","sort":null,"title":{{Quote(rowTitle)}},"axis":{"labelLimit":200,"ticks":false,"domain":false} } },
             "layer":[
               {"mark":{"type":"rect","stroke":"#fff","strokeWidth":2},"encoding":{"color":{"field":"fill","type":"nominal","scale":null} } },
               {"mark":{"type":"text","dy":-7,"fontSize":13,"fontWeight":"bold"},"encoding":{"text":{"field":"value"},"color":{"field":"ink","type":"nominal","scale":null} } },
               {"mark":{"type":"text","dy":9,"fontSize":11},"encoding":{"text":{"field":"note"},"color":{"field":"ink","type":"nominal","scale":null} } }
             ]}
            """);
    }

    /// <summary>How often the model is right over how sure it is: of all rows with intervals, and a panel per attribute with a
    /// line per group.</summary>
    public static JsonObject Calibration(IReadOnlyList<CalibrationCurve> curves)
    {
        const string Legend = """{"orient":"bottom","columns":2,"labelLimit":200}""";
        var panels = curves.GroupBy(c => c.Attribute).Select(attribute =>
        {
            var values = new JsonArray([.. attribute.SelectMany(c => c.Bins.Select(b => new JsonObject
            {
                ["group"] = $"{c.Group}  (n = {Figures.Count(c.Bins.Sum(x => (long)x.N))})",
                ["p"] = b.Probability, ["right"] = b.Right, ["low"] = b.Low, ["high"] = b.High,
            }))]);
            var bars = attribute.Key.Length > 0 ? "" : $$"""
                {"mark":{"type":"rule","strokeWidth":2},"encoding":{"y":{"field":"low","type":"quantitative"},"y2":{"field":"high"} } },
                """;
            return $$"""
                {"title":{"text":{{Quote(attribute.Key.Length == 0 ? "all rows" : "by " + attribute.Key)}},"anchor":"start","fontSize":13},"width":270,"height":230,
                 "data":{"values":{{values.ToJsonString()}} },
                 "encoding":{"x":{"field":"p","type":"quantitative","title":"probability given","axis":{"format":".0%","tickCount":5},"scale":{"zero":false} },
                   "color":{"field":"group","type":"nominal","sort":null,"title":null,"legend":{{Legend}},"scale":{"range":{{Colours()}} } } },
                 "layer":[{"transform":[{"calculate":"datum.p","as":"ideal"}],"mark":{"type":"line","strokeDash":[4,3],"color":"#555"},"encoding":{"y":{"field":"ideal","type":"quantitative","title":"share right","axis":{"format":".0%"},"scale":{"zero":false} },"color":null} },
                   {{bars}}
                   {"mark":{"type":"line","point":{"size":36} },"encoding":{"y":{"field":"right","type":"quantitative"},"strokeDash":{"field":"group","type":"nominal","sort":null,"title":null,"legend":{{Legend}} } } }] }
                """;
        });
        return Parse($$"""
            {"concat":[{{string.Join(",", panels)}}],"columns":2,"resolve":{"scale":{"color":"independent","strokeDash":"independent"} } }
            """);
    }

    private static string Colours() => new JsonArray([.. Palette.Select(c => JsonValue.Create(c))]).ToJsonString();

    /// <summary>The histogram of signed errors with the tolerances marked.</summary>
    public static JsonObject Histogram(NumericErrors errors, IEnumerable<double> tolerances)
    {
        var bins = new JsonArray([.. errors.Histogram.Select(b => new JsonObject
        {
            ["from"] = b.From, ["to"] = b.To, ["count"] = b.Count,
        })]);
        var marks = new JsonArray([.. tolerances.SelectMany(t => new[] { -t, t }).Select(t => new JsonObject
        {
            ["at"] = t, ["label"] = t.ToString("+0.#;-0.#", CultureInfo.InvariantCulture),
        })]);
        return Parse($$"""
            {"width":620,"height":240,"layer":[
              {"data":{"values":{{bins.ToJsonString()}} },"mark":{"type":"bar","color":"{{Palette[0]}}","stroke":"#fff","strokeWidth":0.5},
               "encoding":{"x":{"field":"from","type":"quantitative","bin":{"binned":true},"scale":{"nice":false},"title":"prediction minus truth"},"x2":{"field":"to"},"y":{"field":"count","type":"quantitative","title":"predictions"} } },
              {"data":{"values":{{marks.ToJsonString()}} },"mark":{"type":"rule","strokeDash":[4,3],"color":"#333"},"encoding":{"x":{"field":"at","type":"quantitative"} } },
              {"data":{"values":{{marks.ToJsonString()}} },"mark":{"type":"text","align":"left","dx":3,"baseline":"top","fontSize":11},"encoding":{"x":{"field":"at","type":"quantitative"},"y":{"value":0},"text":{"field":"label"} } }
            ]}
            """);
    }

    /// <summary>Mean absolute error with its interval, and mean signed error, over the true value.</summary>
    public static JsonObject ErrorByTruth(NumericErrors errors, string target)
    {
        var values = new JsonArray();
        foreach (var b in errors.ByTruth)
        {
            foreach (var (series, e) in new[] { ("mean absolute error", b.AbsoluteError), ("mean signed error", b.SignedError) })
            {
                if (e.Value is not null)
                    values.Add(new JsonObject
                    {
                        ["at"] = (b.From + b.To) / 2, ["series"] = series, ["value"] = e.Value, ["low"] = e.Low, ["high"] = e.High, ["few"] = b.N < FewRows,
                    });
            }
        }
        // A layer without a row would have no extent.
        var few = !errors.ByTruth.Any(b => b.N < FewRows && b.AbsoluteError.Low is not null) ? "" : """
            {"transform":[{"filter":"datum.few && datum.low !== null"}],"mark":{"type":"rule","opacity":0.7},"encoding":{"y":{"field":"low","type":"quantitative"},"y2":{"field":"high"} } },
            """;
        return Parse($$"""
            {"data":{"values":{{values.ToJsonString()}} },"width":620,"height":260,
             "encoding":{"x":{"field":"at","type":"quantitative","title":{{Quote("true " + target)}},"scale":{"nice":false,"padding":10} },
               "color":{"field":"series","type":"nominal","title":null,"legend":{"orient":"top","labelLimit":300},"scale":{"domain":["mean absolute error","mean signed error"],"range":["{{Palette[0]}}","{{Palette[1]}}"]} } },
             "layer":[
               {"mark":{"type":"area","opacity":0.18,"line":false},"encoding":{"y":{"field":"low","type":"quantitative","title":"error"},"y2":{"field":"high"} } },
               {{few}}
               {"mark":"line","encoding":{"y":{"field":"value","type":"quantitative"} } },
               {"mark":{"type":"point","filled":true,"size":40},"encoding":{"y":{"field":"value","type":"quantitative"},"fillOpacity":{"condition":{"test":"datum.few","value":0},"value":1} } },
               {"mark":{"type":"rule","color":"#555"},"encoding":{"y":{"datum":0},"x":null,"color":null} }
             ]}
            """);
    }

    /// <summary>One chart of a training history: a line per series.</summary>
    public static JsonObject Training(string title, IEnumerable<TrainingPoint> points)
    {
        var values = new JsonArray([.. points.Where(p => double.IsFinite(p.Value)).Select(p => new JsonObject
        {
            ["epoch"] = p.Epoch, ["series"] = p.Series[(p.Series.IndexOf('/', StringComparison.Ordinal) + 1)..], ["value"] = p.Value,
        })]);
        return Parse($$"""
            {"data":{"values":{{values.ToJsonString()}} },"width":360,"height":200,"mark":{"type":"line","point":{"size":16} },
             "encoding":{"x":{"field":"epoch","type":"quantitative","axis":{"tickMinStep":1} },
               "y":{"field":"value","type":"quantitative","title":{{Quote(title)}},"scale":{"zero":false} },
               "strokeDash":{"field":"series","type":"nominal","title":null,"legend":{"orient":"top","labelLimit":300} },
               "color":{"field":"series","type":"nominal","title":null,"scale":{"range":{{Colours()}} } } } }
            """);
    }

    /// <summary>From white to dark blue; the ink changes with it so that the contrast stays above 4.5.</summary>
    private static (string Fill, string Ink) Shade(double? strength)
    {
        if (strength is not { } s)
            return ("#eeeeee", "#444444");
        s = Math.Clamp(s, 0, 1);
        int Mix(int from, int to) => (int)Math.Round(from + (s * (to - from)));
        var fill = string.Create(CultureInfo.InvariantCulture, $"#{Mix(240, 8):x2}{Mix(246, 64):x2}{Mix(252, 129):x2}");
        return (fill, s > 0.7 ? "#ffffff" : "#000000");
    }

    internal static string Quote(string text) => JsonValue.Create(text).ToJsonString();

    internal static JsonObject Parse(string json)
    {
        var specification = JsonNode.Parse(json)!.AsObject();
        specification["$schema"] = "https://vega.github.io/schema/vega-lite/v6.json";
        return specification;
    }
}

/// <summary>A cell of a heat map; strength 0 to 1 is how dark it is, null for a cell without a value.</summary>
internal sealed record HeatCell(string Row, string Column, string Value, string Note, double? Strength);
