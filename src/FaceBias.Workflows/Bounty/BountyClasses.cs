using FaceBias.Core.Heads.Model;

namespace FaceBias.Workflows.Bounty;

/// <summary>The classes of the 8-bit Bias Bounty, in the order of the entry's 17 outputs: 10 skin tones, 4 ages, 2
/// genders, not a person.</summary>
internal static class BountyClasses
{
    public const string SkinTone = "skin_tone", Age = "age", Gender = "gender", Person = "person", Name = "name",
        RealFace = "real_face";

    /// <summary>The number of outputs.</summary>
    public const int Count = 17;

    /// <summary>The three tasks with their share in the loss, which is that of the score.</summary>
    public static readonly (string Name, string[] Classes, double LossWeight)[] Tasks =
    [
        (SkinTone, [.. Enumerable.Range(1, 10).Select(t => $"monk_{t}")], 10),
        (Age, ["0_17", "18_30", "31_60", "61_100"], 4), (Gender, ["female", "male"], 2),
    ];

    /// <summary>Whether there is a person: its second probability is the 17th output.</summary>
    public static readonly string[] Persons = ["yes", "no"];

    /// <summary>The outputs of a model.</summary>
    public static IReadOnlyList<OutputSpec> Outputs =>
        [.. Tasks.Select(t => new CategoricalOutput(t.Name, t.Classes)), new CategoricalOutput(Person, Persons)];

    /// <summary>The names of the 17 probabilities.</summary>
    public static IReadOnlyList<string> Columns =>
        [.. Tasks.SelectMany(t => t.Classes.Select(c => $"{t.Name}_p_{c}")), "not_a_person"];
}
