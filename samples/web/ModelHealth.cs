using FaceBias.MLNet;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FaceBias.Samples.Web;

/// <summary>Healthy while the model predicts: a grey picture must give finite numbers for every target.</summary>
internal sealed class ModelHealth(FacePredictionEnginePool pool) : IHealthCheck
{
    // A grey GIF of one pixel.
    private static readonly byte[] s_grey = Convert.FromBase64String("R0lGODdhAQABAIAAAICAgAAAACwAAAAAAQABAAACAkQBADs=");

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var bad = (await pool.PredictAsync(s_grey, maxPixels: 1, cancellationToken)).Values.FirstOrDefault(p => !p.Values.All(float.IsFinite));
            return bad is null ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"'{bad.Target.Name}' is not finite");
        }
        catch (FaceBiasException e)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }
}
