namespace FaceBias.Onnx.Gradients;

/// <summary>Which formulation of a convolution's gradients a shape gets. This one goes by rules of thumb.</summary>
internal class ConvolutionChoices
{
    /// <summary>A key of <see cref="ConvolutionGradients.ForInput"/>.</summary>
    public virtual string ForInput(ConvolutionShape s) => s switch
    {
        _ when ConvolutionGradients.ForInput["flipped"].Fits(s) => "flipped",
        { IsDepthwise: true } when ConvolutionGradients.ForInput["spread"].Fits(s) => "spread",
        _ => "transpose",
    };

    /// <summary>A key of <see cref="ConvolutionGradients.ForWeights"/>.</summary>
    public virtual string ForWeights(ConvolutionShape s) => s switch
    {
        { IsDepthwise: true } => "kernel",
        { Groups: 1, Taps: > 1, IsDense: true } => s.Output.H * s.Output.W <= 64 ? "channels-last" : "rows",
        _ => "columns",
    };
}
