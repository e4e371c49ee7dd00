using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Core.Uncertainty.LastLayers;
using FaceBias.Core.Uncertainty.Representation;
using FaceBias.Core.Uncertainty;
using FaceBias.Onnx.Graphs;
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
        OnnxFile.Write(WholeModelHeads.Put(run.Model, model.Heads, run.Path), "wrapped.onnx");
        // </wrap>
    }
}
