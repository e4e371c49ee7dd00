using System.Text.Json;
using System.Text.Json.Serialization;

namespace FaceBias.Workflows.Check;

/// <summary>What an audit must show before a model may be released; samples/release-check/policy.schema.json describes
/// the file.</summary>
internal sealed record ReleasePolicy
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The schema, for editors; not read.</summary>
    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    /// <summary>Version of this format: 1.</summary>
    public int Version { get; init; }

    /// <summary>The largest gaps between groups.</summary>
    public IReadOnlyList<GapRule> Gaps { get; init; } = [];

    /// <summary>What every group, or one of them, must reach.</summary>
    public IReadOnlyList<GroupRule> Groups { get; init; } = [];

    /// <summary>The fewest rows of every group of an attribute.</summary>
    public IReadOnlyList<SizeRule> Sizes { get; init; } = [];

    /// <summary>The verdicts that findings may have.</summary>
    public IReadOnlyList<VerdictRule> Verdicts { get; init; } = [];

    /// <summary>The least share of labelled rows that have a prediction, overall and in every group; null for
    /// none.</summary>
    public double? Coverage { get; init; }

    /// <summary>The uses that the policy is for; empty for any.</summary>
    public IReadOnlyList<string> Uses { get; init; } = [];

    /// <summary>Whether the card beside the audit must be there and hold; "complete" asks for every answer
    /// too.</summary>
    public CardRule Card { get; init; }

    /// <exception cref="FaceBiasException">It is missing, no policy, or names an unknown field or metric.</exception>
    public static ReleasePolicy Read(string path)
    {
        ReleasePolicy policy;
        try
        {
            policy = JsonSerializer.Deserialize<ReleasePolicy>(File.ReadAllText(path), s_json)
                ?? throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw new FaceBiasException(
                $"'{path}' cannot be read as a policy: "
                    + $"{e.Message.Split(" LineNumber", 2)[0].TrimEnd('.')}{(e.Path is { Length: > 0 } at ? $" (at {at})" : "")}.", e);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"The policy '{path}' cannot be read", e);
        }
        if (policy.Version != 1)
            throw new FaceBiasException(
                $"'{path}' is a policy of version {policy.Version}, and this program knows version 1; write "
                    + "\"version\": 1.");
        foreach (var (metric, rule) in policy.Gaps.Select(g => (g.Metric, "gaps"))
            .Concat(policy.Groups.Select(g => (g.Metric, "groups"))))
        {
            if (!IsKnown(metric))
                throw new FaceBiasException(
                    $"'{path}' names the metric '{metric}' under {rule}, which no audit has; metrics are "
                        + $"{string.Join(", ", Metrics.Keys.Order(StringComparer.Ordinal))} and others of "
                        + "docs/reference/metrics.md.");
        }
        if (policy.Gaps.Any(g => !double.IsFinite(g.Maximum) || g.Maximum < 0) || policy.Coverage is < 0 or > 1
            || policy.Sizes.Any(s => s.Minimum < 1))
            throw new FaceBiasException(
                $"'{path}' has a limit that cannot be: gaps are at least 0, coverage is 0 to 1, and a group has at "
                    + "least 1 row.");
        if (policy.Groups.Any(g => g is { Minimum: null, Maximum: null }))
            throw new FaceBiasException($"'{path}' has a rule under groups with neither minimum nor maximum.");
        if (policy is { Gaps.Count: 0, Groups.Count: 0, Sizes.Count: 0, Verdicts.Count: 0, Coverage: null,
            Card: CardRule.Ignored })
            throw new FaceBiasException($"'{path}' asks for nothing, so every model would pass; add a rule.");
        return policy;
    }

    private static bool IsKnown(string metric)
    {
        try
        {
            return Metrics.Find(metric) is not null;
        }
        catch (FaceBiasException)
        {
            return false;
        }
    }
}

/// <summary>Which end of an interval a limit is held against.</summary>
internal enum Bound
{
    /// <summary>The one that makes the rule strict: the upper for a maximum, the lower for a minimum. What is not shown
    /// does not pass.</summary>
    Strict,

    /// <summary>The point estimate.</summary>
    Value,

    /// <summary>The lower end.</summary>
    Low,

    /// <summary>The upper end.</summary>
    High,
}

/// <summary>What is asked of the card.</summary>
internal enum CardRule
{
    Ignored,

    /// <summary>It is there and 'facebias card verify' accepts it.</summary>
    Verified,

    /// <summary>Verified, and every answer written.</summary>
    Complete,
}

/// <summary>The largest gap of a metric.</summary>
/// <param name="Metric">The metric's key.</param>
/// <param name="Maximum">The largest gap, in the metric's own unit (0.05 is five points).</param>
/// <param name="Target">The target; null for all that have the metric.</param>
/// <param name="Attribute">The attribute, several crossed ones with " x " between; null for all single ones.</param>
/// <param name="Class">The class set against the rest; null for metrics of all classes.</param>
/// <param name="Bound">What is held against the limit.</param>
internal sealed record GapRule(string Metric, double Maximum, string? Target = null, string? Attribute = null,
    string? Class = null, Bound Bound = Bound.Strict);

/// <summary>What groups must reach.</summary>
/// <param name="Metric">The metric's key.</param>
/// <param name="Minimum">The least value; null for none.</param>
/// <param name="Maximum">The largest; null for none.</param>
/// <param name="Target">The target; null for all that have the metric.</param>
/// <param name="Attribute">The attribute whose groups are looked at; null for all rows together.</param>
/// <param name="Group">One group of it; null for each of them.</param>
/// <param name="Class">The class set against the rest.</param>
/// <param name="Bound">What is held against the limit.</param>
internal sealed record GroupRule(
    string Metric, double? Minimum = null, double? Maximum = null, string? Target = null, string? Attribute = null,
    string? Group = null, string? Class = null, Bound Bound = Bound.Strict);

/// <summary>The fewest rows of each group of an attribute.</summary>
/// <param name="Attribute">The attribute; null for all.</param>
internal sealed record SizeRule(int Minimum, string? Attribute = null);

/// <summary>The verdicts that findings may have.</summary>
/// <param name="Allowed">Those that pass: withinMargin, notEnoughData, gapShown.</param>
/// <param name="Target">The target; null for all.</param>
/// <param name="Attribute">The attribute; null for all.</param>
internal sealed record VerdictRule(IReadOnlyList<Verdict> Allowed, string? Target = null, string? Attribute = null);
