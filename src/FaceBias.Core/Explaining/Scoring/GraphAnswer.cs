using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Core.Explaining.Scoring;

/// <summary>An answer as a value of a model's graph, for methods that need gradients.</summary>
/// <param name="Model">From pictures [N, 3, H, W], 0 to 255, to the answer.</param>
/// <param name="Value">The graph's value [N, width].</param>
/// <param name="Target">What it stands for; null for a number as it is.</param>
/// <param name="SingleClass">Of two classes with one score: the class whose score it is.</param>
internal sealed record GraphAnswer(ModelProto Model, string Value, OutputSpec? Target, int SingleClass = 1);
