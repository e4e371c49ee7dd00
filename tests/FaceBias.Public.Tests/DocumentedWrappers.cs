using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Core.Uncertainty.LastLayers;
using FaceBias.Core.Uncertainty.Representation;
using FaceBias.Workflows.Uncertainty;

namespace FaceBias.Public.Tests;

/// <summary>The code of docs/how-to/uncertainty.md: it compiles, and the page shows this region. What it does is tested
/// beside it.</summary>
internal static class DocumentedWrappers
{
    public static void Wrap()
    {
        // <wrap>
        using var run = RunRows.Read("run");
        var model = run.Wrap().With(Laplace.LastLayer()).With(HistogramVae.Create()).With(Conformal.Mondrian("race"));
        run.Write(model, "wrapped.onnx");
        // </wrap>
    }
}
