namespace FaceBias.Core.Uncertainty.Representation;

/// <summary>A variational autoencoder of features and how it is trained.</summary>
public sealed record VaeOptions
{
    /// <summary>Latent variables.</summary>
    public int Latents { get; init; } = 32;

    /// <summary>Width of the hidden layer of encoder and decoder.</summary>
    public int Hidden { get; init; } = 256;

    /// <summary>Passes over the rows.</summary>
    public int Epochs { get; init; } = 15;

    /// <summary>Rows per step; fewer if there are fewer.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Learning rate of Adam.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Weight of the Kullback-Leibler divergence beside the reconstruction (β-VAE, Higgins et al. 2017); 1 is
    /// the ELBO.</summary>
    public double Beta { get; init; } = 1;

    /// <summary>A latent whose mean divergence, in nats, is below this tells nothing of the row: it has collapsed and
    /// carries no density.</summary>
    public double CollapsedBelow { get; init; } = 0.01;

    /// <summary>Bins of a latent's histogram.</summary>
    public int Bins { get; init; } = 10;

    /// <summary>Added to every density before its logarithm.</summary>
    public double Alpha { get; init; } = 0.01;

    /// <summary>Refuses what cannot be trained with.</summary>
    /// <exception cref="FaceBiasException">A value is out of its range.</exception>
    internal void Check()
    {
        OptionRule.Require(Latents is >= 1 and <= 4096, "the number of latents must be from 1 to 4096", Latents);
        OptionRule.Require(Hidden is >= 1 and <= 65536, "the hidden width must be from 1 to 65536", Hidden);
        OptionRule.Require(Epochs is >= 1 and <= 100_000, "epochs must be from 1 to 100000", Epochs);
        OptionRule.Require(BatchSize >= 1, "the batch size must be at least 1", BatchSize);
        OptionRule.Require(LearningRate is > 0 and <= 10, "the learning rate must be above 0 and at most 10",
            LearningRate);
        OptionRule.Require(Beta is >= 0 and <= 1e6, "beta must be at least 0", Beta);
        OptionRule.Require(Bins is >= 2 and <= 1000, "bins must be from 2 to 1000", Bins);
        OptionRule.Require(Alpha is >= 0 and <= 1e6, "alpha must be at least 0", Alpha);
    }
}
