namespace FaceBias.Onnx.Gradients;

/// <summary>Which formulation of a convolution's gradients a shape gets. This one goes by rules of thumb, drawn from
/// what <see cref="ConvolutionTuner"/> measured for ResNet-18 and MobileNetV1 at 224 pixels, and for a network of four
/// strided convolutions at 64.</summary>
internal class ConvolutionChoices
{
    /// <summary>Channels per block if convolutions will run in the runtime's blocked layout; else 0.</summary>
    public int Block { get; init; }

    /// <summary>A key of <see cref="ConvolutionGradients.ForInput"/>.</summary>
    public virtual string ForInput(ConvolutionShape s) =>
        ConvolutionGradients.ForInput["flipped"].Fits(s) ? "flipped" : "transpose";

    /// <summary>A key of <see cref="ConvolutionGradients.ForWeights"/>.</summary>
    public virtual string ForWeights(ConvolutionShape s)
    {
        var pixels = s.Output.H * s.Output.W;
        return s switch
        {
            // Images times channels are as many blocks, and the gradient is a kernel as it lies there.
            { IsDepthwise: true } when Block > 0 && s.In % Block == 0 => "kernel",
            { IsDepthwise: true } => s.IsDense && pixels > 100 ? "columns" : "kernel",
            { Groups: > 1 } => "columns",
            { Taps: > 1, IsDense: true } => pixels <= 200 ? "channels-last" : pixels <= 1000 ? "columns" : "rows",
            { Taps: > 1 } => pixels <= 300 ? "channels-last" : "columns",
            _ => pixels <= 200 ? "channels-last" : "columns",
        };
    }
}
