using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Search.Results;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Storage;
using FaceBias.Workflows.Audit;
using FaceBias.Workflows.Curate;
using FaceBias.Workflows.Features;
using FaceBias.Workflows.Predict;
using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Steps;
using FaceBias.Workflows.Sweep;

namespace FaceBias.Workflows.Plans;

/// <summary>The steps that can be planned: their names, and their options as they stand in a plan.</summary>
internal static class PlanSteps
{
    /// <summary>What is the machine's own is no part of a plan.</summary>
    private static readonly JsonSerializerOptions s_json = new(CoreJson.Options)
    {
        Converters = { new TextConverter<Objective>(Objective.Parse) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver
        {
            Modifiers =
            {
                info =>
                {
                    for (var i = info.Properties.Count - 1; i >= 0; i--)
                        if (info.Properties[i].Name is "home" or "threads")
                            info.Properties.RemoveAt(i);
                },
            },
        },
    };

    public static string Name(object options) => options switch
    {
        PredictRunOptions => "predict",
        FeatureRunOptions => "features",
        CurateRunOptions => "curate",
        AuditRunOptions => "audit",
        SweepOptions => "sweep",
        _ => throw new ArgumentException($"{options.GetType().Name} are the options of no step.", nameof(options)),
    };

    /// <summary>Options with full paths, for workers start in other folders, and without what a plan says
    /// itself.</summary>
    public static object Rooted(object options) => options switch
    {
        PredictRunOptions o => o with { Out = "", Model = Full(o.Model), Images = Full(o.Images),
            Labels = o.Labels?.Rooted() },
        FeatureRunOptions o => o with { Out = "", Images = Full(o.Images), Backbone = Model(o.Backbone) },
        CurateRunOptions o => o with { Out = "", Images = Full(o.Images), Labels = o.Labels?.Rooted(),
            Review = Full(o.Review), Backbone = o.Backbone is { } b ? Model(b) : null },
        AuditRunOptions o => o with { Out = "", Force = true, CheckOnly = false, Predictions = Full(o.Predictions),
            Features = Full(o.Features), Compare = Full(o.Compare),
            // Workers may lack the record of the run beside the table.
            Together = o.Together ?? (o.Predictions is { } table ? RunClusters.Beside(table) : null) },
        // As many jobs as the lookahead allows give the same trials as any fewer.
        SweepOptions o => o with { Lookahead = Math.Max(o.Lookahead, o.Jobs), Jobs = 0, Out = "", Resume = false,
            Run = Full(o.Run), SpaceFile = Full(o.SpaceFile),
            Validate = o.Validate ?? (o.Repeats > 0 ? FormattableString.Invariant($"repeated:{o.Repeats}")
                : o.Folds > 0 ? FormattableString.Invariant($"nested:{o.Folds}") : null) },
        _ => options,
    };

    /// <param name="home">Folder of models and caches.</param>
    public static ShardedStep Open(object options, int threads, string home, IProgress<StepProgress>? progress,
        CancellationToken cancel) => options switch
        {
            PredictRunOptions o => new PredictStep(o with { Threads = threads }),
            FeatureRunOptions o => new FeatureStep(o with { Threads = threads, Home = home }, progress,
                cancel),
            CurateRunOptions o => new CurateStep(o with { Threads = threads, Home = home }),
            AuditRunOptions o => new AuditStep(o with { Audit = o.Audit with { Threads = threads } }),
            SweepOptions o => new SweepStep(o with { Jobs = Math.Min(threads, o.Lookahead), Home = home }),
            _ => throw new ArgumentException($"{options.GetType().Name} are the options of no step.",
                nameof(options)),
        };

    /// <summary>Options as they stand in a plan.</summary>
    public static JsonElement ToJson(object options) => JsonSerializer.SerializeToElement(options, options.GetType(),
        s_json);

    /// <exception cref="FaceBiasException">They are those of no step that is known.</exception>
    public static object Options(PlanRecord plan)
    {
        try
        {
            return plan.Step switch
            {
                "predict" => Read<PredictRunOptions>(plan.Options),
                "features" => Read<FeatureRunOptions>(plan.Options),
                "curate" => Read<CurateRunOptions>(plan.Options),
                "audit" => Read<AuditRunOptions>(plan.Options),
                "sweep" => Read<SweepOptions>(plan.Options),
                _ => throw new JsonException(),
            };
        }
        catch (JsonException e)
        {
            throw new FaceBiasException(
                $"The plan's step '{plan.Step}' or its options are unknown to this facebias; make the plan again.", e,
                ErrorKind.Permanent);
        }
    }

    private static T Read<T>(JsonElement json) => json.Deserialize<T>(s_json) ?? throw new JsonException();

    [return: NotNullIfNotNull(nameof(path))]
    private static string? Full(string? path) =>
        path is null || ObjectStores.IsUrl(path) ? path : Path.GetFullPath(path);

    private static IReadOnlyList<string> Full(IReadOnlyList<string> paths) => [.. paths.Select(p => Full(p))];

    /// <summary>A model may be a file or a name.</summary>
    private static string Model(string nameOrFile) => File.Exists(nameOrFile) ? Full(nameOrFile) : nameOrFile;
}
