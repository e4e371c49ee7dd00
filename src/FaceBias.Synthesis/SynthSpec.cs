using System.Text.Json.Serialization;
using FaceBias.Primitives.Tables;

namespace FaceBias.Synthesis;

/// <summary>The file format of rendered pictures.</summary>
internal enum SynthFormat
{
    /// <summary>JPEG.</summary>
    Jpeg,

    /// <summary>PNG.</summary>
    Png,
}

/// <summary>What rendered faces are like and which faults are planted among them; a JSON file. Distributions
/// are weights by name and need not sum to 1. A weight left out is 0; a distribution left out is the default shown
/// here.</summary>
public sealed record SynthSpec
{
    /// <summary>The spec that quickstart uses.</summary>
    public static SynthSpec Quickstart() => SynthSpecFile.Quickstart();

    /// <summary>Reads a spec.</summary>
    /// <exception cref="FaceBiasException">The file cannot be read, or a field is unknown or out of range.</exception>
    public static SynthSpec Read(string path) => SynthSpecFile.Read(path);

    /// <summary>Reads a spec from JSON text; <paramref name="source"/> names it in messages.</summary>
    /// <exception cref="FaceBiasException">It is no JSON, or a field is unknown or out of range.</exception>
    public static SynthSpec Parse(string json, string source) => SynthSpecFile.Parse(json, source);

    /// <summary>Version of this file format: 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>What the data is for, in words.</summary>
    public string Description { get; init; } = "";

    /// <summary>Width and height of a picture in pixels, 48 to 1024.</summary>
    public int Size { get; init; } = 200;

    /// <summary>"jpeg" or "png".</summary>
    [JsonInclude]
    internal SynthFormat Format { get; init; } = SynthFormat.Jpeg;

    /// <summary>JPEG quality, 40 to 100.</summary>
    public int Quality { get; init; } = 90;

    /// <summary>How strongly gender shows in the proportions of a face: 0 not at all, 1 as in the default, 2 at
    /// most.</summary>
    public double CueStrength { get; init; } = 1;

    /// <summary>Standard deviation of the sensor noise as a share of full scale, 0 to 0.3.</summary>
    public double Noise { get; init; } = 0.015;

    /// <summary>Perceived gender: female, male.</summary>
    public IReadOnlyDictionary<string, double> Gender
        { get; init; } = new Dictionary<string, double> { ["female"] = 1, ["male"] = 1 };

    /// <summary>Age bands with their weights; ages are uniform within a band.</summary>
    [JsonInclude]
    internal IReadOnlyList<SynthAgeBand> Age { get; init; } =
        [new(1, 12, 0.14), new(13, 19, 0.11), new(20, 34, 0.30), new(35, 49, 0.20), new(50, 64, 0.14),
            new(65, 90, 0.11)];

    /// <summary>Monk Skin Tone: monk_1 (lightest) to monk_10.</summary>
    public IReadOnlyDictionary<string, double> SkinTone
        { get; init; } = MonkSkinTone.Labels.ToDictionary(l => l, _ => 1.0);

    /// <summary>Hair styles per perceived gender. Nobody under 18 is bald: that weight goes to the others.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Hair { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, double>>
        {
            ["female"] = new Dictionary<string, double>
            {
                ["bald"] = 0.01, ["buzz"] = 0.03, ["short"] = 0.09, ["side_parted"] = 0.05, ["curly"] = 0.07,
                ["afro"] = 0.05,
                ["bob"] = 0.17, ["long"] = 0.22, ["long_wavy"] = 0.15, ["braids"] = 0.06, ["bun"] = 0.10,
            },
            ["male"] = new Dictionary<string, double>
            {
                ["bald"] = 0.09, ["buzz"] = 0.20, ["short"] = 0.28, ["side_parted"] = 0.20, ["curly"] = 0.09,
                ["afro"] = 0.04,
                ["bob"] = 0.02, ["long"] = 0.03, ["long_wavy"] = 0.02, ["braids"] = 0.02, ["bun"] = 0.01,
            },
        };

    /// <summary>Hair colours, apart for skin tones 1 to 5 (key "light") and 6 to 10 (key "dark").</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> HairColour { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, double>>
        {
            ["light"] = new Dictionary<string, double> { ["black"] = 0.3, ["brown"] = 0.38, ["blond"] = 0.22,
                ["red"] = 0.10 },
            ["dark"] = new Dictionary<string, double> { ["black"] = 0.8, ["brown"] = 0.17, ["blond"] = 0.02,
                ["red"] = 0.01 },
        };

    /// <summary>Whether glasses are worn: yes, no.</summary>
    public IReadOnlyDictionary<string, double> Glasses
        { get; init; } = new Dictionary<string, double> { ["yes"] = 0.22, ["no"] = 0.78 };

    /// <summary>What is behind the person: cool, warm, indoor, outdoor.</summary>
    public IReadOnlyDictionary<string, double> Background { get; init; } =
        new Dictionary<string, double> { ["cool"] = 1, ["warm"] = 1, ["indoor"] = 1, ["outdoor"] = 1 };

    /// <summary>The light: soft, left, right, dim, bright.</summary>
    public IReadOnlyDictionary<string, double> Light { get; init; } =
        new Dictionary<string, double> { ["soft"] = 0.5, ["left"] = 0.15, ["right"] = 0.15, ["dim"] = 0.1,
            ["bright"] = 0.1 };

    /// <summary>Shares of the faces in the parts train, validation and test, written to the column "split".</summary>
    public IReadOnlyDictionary<string, double> Split { get; init; } =
        new Dictionary<string, double> { ["train"] = 0.7, ["validation"] = 0.15, ["test"] = 0.15 };

    /// <summary>The faults planted on purpose.</summary>
    [JsonInclude]
    internal SynthPlanted Planted { get; init; } = new();
}

/// <summary>Ages <paramref name="From"/> to <paramref name="To"/>, both included, 1 to 100, with a weight.</summary>
internal sealed record SynthAgeBand(int From, int To, double Share);

/// <summary>Faults planted on purpose. Shares are of all files, except where stated.</summary>
internal sealed record SynthPlanted
{
    /// <summary>A group that is rare in training.</summary>
    public SynthRareGroup? RareGroup { get; init; }

    /// <summary>A nuisance that goes with gender in most of the data.</summary>
    public SynthCorrelation? Correlation { get; init; }

    /// <summary>Share of files that repeat another byte for byte, with the same labels.</summary>
    public double ExactDuplicates { get; init; }

    /// <summary>Share of files that repeat another slightly brighter and encoded again.</summary>
    public double NearDuplicates { get; init; }

    /// <summary>Share of files that repeat another byte for byte with the other gender as its label.</summary>
    public double ConflictingDuplicates { get; init; }

    /// <summary>Share of files that show no face but carry labels.</summary>
    public double NonFaces { get; init; }

    /// <summary>Share of files cut off so that they cannot be read.</summary>
    public double Unreadable { get; init; }

    /// <summary>Share of the distinct faces whose gender label is the wrong one.</summary>
    public double WrongLabels { get; init; }
}

/// <summary>A group that is rare in training.</summary>
internal sealed record SynthRareGroup
{
    /// <summary>Perceived genders of the group; empty for any.</summary>
    public IReadOnlyList<string> Gender { get; init; } = [];

    /// <summary>Skin tones of the group; empty for any.</summary>
    public IReadOnlyList<string> SkinTone { get; init; } = [];

    /// <summary>Youngest age of the group.</summary>
    public int AgeFrom { get; init; } = 1;

    /// <summary>Oldest age of the group.</summary>
    public int AgeTo { get; init; } = 100;

    /// <summary>Share of the group among the faces for training and validation.</summary>
    public double Share { get; init; }

    /// <summary>Share of the group among the faces for testing; the same share where left out. Enough of them there
    /// lets a test estimate their error rate.</summary>
    public double? ShareInTest { get; init; }

    /// <summary>The group in words.</summary>
    internal string Describe()
    {
        List<string> parts = [];
        if (Gender.Count > 0)
            parts.Add($"gender {string.Join(" or ", Gender)}");
        if (SkinTone.Count > 0)
            parts.Add($"skin_tone {string.Join(" or ", SkinTone)}");
        if (AgeFrom > 1 || AgeTo < 100)
            parts.Add($"age {AgeFrom} to {AgeTo}");
        return string.Join(", ", parts);
    }

    internal bool Contains(SynthGender gender, int tone, int age) =>
        (Gender.Count == 0 || Gender.Contains(SynthNames.Of(gender)))
        && (SkinTone.Count == 0 || SkinTone.Contains(MonkSkinTone.Label(tone)))
        && age >= AgeFrom && age <= AgeTo;
}

/// <summary>A nuisance that goes with gender in most of the data, but not in a balanced part.</summary>
internal sealed record SynthCorrelation
{
    /// <summary>"glasses", "background" or "light".</summary>
    public string Nuisance { get; init; } = "";

    /// <summary>Values that go with the label female.</summary>
    public IReadOnlyList<string> Female { get; init; } = [];

    /// <summary>Values that go with the label male.</summary>
    public IReadOnlyList<string> Male { get; init; } = [];

    /// <summary>Probability that a face has a value that goes with its gender, outside the balanced part; 0.5 to
    /// 1.</summary>
    public double Agreement { get; init; } = 0.95;

    /// <summary>Share of the faces where the nuisance is independent of gender.</summary>
    public double BalancedShare { get; init; }

    /// <summary>Whether all faces for testing are in the balanced part.</summary>
    public bool BalancedTest { get; init; }

    /// <summary>Whether all faces of the rare group are in the balanced part.</summary>
    public bool BalancedRareGroup { get; init; }
}
