namespace FaceBias.Workflows.Bounty;

/// <summary>What came of a run: the content of <c>bounty.json</c>.</summary>
internal sealed record BountyResult
{
    /// <summary>Version of this format.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Training images: all, used with labels, without a person, without labels, taken up with labels of a
    /// first network, unreadable.</summary>
    public required BountyCounts Training { get; init; }

    /// <summary>How well pictures without a person were recognised among the training images, where real_face
    /// tells.</summary>
    public BountyNoiseQuality? Noise { get; init; }

    /// <summary>The same by the 17th output among the test images.</summary>
    public BountyNoiseQuality? NoiseInTest { get; init; }

    /// <summary>The settings that were found.</summary>
    public required string Settings { get; init; }

    /// <summary>Trials of the search.</summary>
    public required int Trials { get; init; }

    /// <summary>Best score on validation images with a person.</summary>
    public required double ValidationScore { get; init; }

    /// <summary>That of the entry's fixed settings.</summary>
    public required double EntryValidationScore { get; init; }

    /// <summary>On the test images; null where they have no labels.</summary>
    public BountyScore? Score { get; init; }

    /// <summary>Accuracy of the skin tone for each true skin tone, over real faces of the test.</summary>
    public IReadOnlyList<BountyGroup> SkinTones { get; init; } = [];

    /// <summary>The multipliers for randomness on images without a person.</summary>
    public IReadOnlyList<RandomnessMultiplier> Randomness { get; init; } = [];

    /// <summary>The score times the multipliers.</summary>
    public double? ScoreWithMultipliers { get; init; }

    /// <summary>Against the entry's fixed settings.</summary>
    public BountyComparison? Comparison { get; init; }
}

/// <summary>Images of the training folder.</summary>
internal sealed record BountyCounts(int Images, int Labelled, int Noise, int Unlabelled, int PseudoLabelled,
    int Unreadable, int Validation);
