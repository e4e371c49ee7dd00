namespace FaceBias.Core.Uncertainty.Representation;

/// <summary>The convolutional autoencoder of 64 x 64 pictures with a classifier, as in the MIT lab "Debiasing facial
/// detection" (6.S191), and how it is trained.</summary>
public sealed record PixelVaeOptions
{
    /// <summary>Height and width of the pictures.</summary>
    public const int Side = 64;

    /// <summary>Latent variables.</summary>
    public int Latents { get; init; } = 100;

    /// <summary>Channels of the first convolution; the others have 2, 4 and 6 times as many.</summary>
    public int Filters { get; init; } = 12;

    /// <summary>Passes over the pictures.</summary>
    public int Epochs { get; init; } = 6;

    /// <summary>Pictures per step; fewer if there are fewer.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Learning rate of Adam.</summary>
    public double LearningRate { get; init; } = 5e-4;

    /// <summary>Weight of the Kullback-Leibler divergence, summed over latents, beside the mean absolute error of a
    /// value from 0 to 1.</summary>
    public double KlWeight { get; init; } = 5e-4;

    /// <summary>Bins of a latent's histogram.</summary>
    public int Bins { get; init; } = 10;

    /// <summary>Added to every density before its logarithm.</summary>
    public double Alpha { get; init; } = 0.01;

    /// <summary>A latent whose mean divergence, in nats, is below this has collapsed and carries no density.</summary>
    public double CollapsedBelow { get; init; } = 0.01;

    /// <summary>Seed of weights, order and noise.</summary>
    public ulong Seed { get; init; } = 7;

    /// <summary>Threads; 0 for one per core.</summary>
    public int Threads { get; init; }
}
