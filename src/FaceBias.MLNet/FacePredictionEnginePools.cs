using FaceBias;
using FaceBias.MLNet;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers pools.</summary>
public static class FacePredictionEnginePools
{
    /// <summary>A <see cref="FacePredictionEnginePool"/> for a finished FaceBias model: one session for all requests,
    /// at most one prediction per core at a time, nothing written to the disk.</summary>
    /// <param name="services">The services of a program.</param>
    /// <param name="modelFile">The <c>model.onnx</c> of a run, which is loaded now: a program without its model does
    /// not start.</param>
    /// <param name="concurrency">Predictions at a time; 0 for one per core.</param>
    /// <exception cref="FaceBiasException">The file is missing or no FaceBias model.</exception>
    public static IServiceCollection AddFacePredictionEnginePool(this IServiceCollection services, string modelFile,
        int concurrency = 0)
    {
        ArgumentNullException.ThrowIfNull(services);
        var pool = new FacePredictionEnginePool(modelFile, concurrency);
        // By a function, so that the container disposes it.
        services.TryAddSingleton(_ => pool);
        return services;
    }
}
