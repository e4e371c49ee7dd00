using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace FaceBias.Server.Tensors;

/// <summary>A graph of unknown origin, served as it is: tensors in, tensors out, one request a run.</summary>
internal sealed class TensorModel : IDisposable
{
    private readonly OnnxSession _session;
    private readonly SemaphoreSlim _cores;
    private readonly int _most;
    private int _pending;

    private TensorModel(OnnxSession session, ServeOptions options)
    {
        (_session, _most) = (session, options.QueueRows);
        _cores = new(options.Workers);
    }

    public IReadOnlyList<TensorInfo> Inputs => _session.Inputs;

    public IReadOnlyList<TensorInfo> Outputs => _session.Outputs;

    /// <summary>Loads a graph.</summary>
    /// <exception cref="FaceBiasException">It cannot be run, or takes what the protocol has no type for.</exception>
    public static TensorModel Open(string path, ServeOptions options)
    {
        var session = new OnnxSession(path, new OnnxSessionOptions { Threads = 1 });
        if (session.Inputs.Concat(session.Outputs).FirstOrDefault(t => TensorType.Find(t.Type) is null)
            is not { } strange)
            return new(session, options);
        session.Dispose();
        throw new FaceBiasException(
            $"'{path}' has a value '{strange.Name}' of type {strange.Type}, which the Open Inference Protocol cannot carry.");
    }

    /// <param name="inputs">Every input once.</param>
    /// <param name="seconds">Seconds to wait for a core.</param>
    public async Task<IReadOnlyList<InferTensor>> RunAsync(IReadOnlyList<InferTensor> inputs,
        IReadOnlyList<string> wanted, double seconds, CancellationToken cancel)
    {
        Check(inputs);
        if (Interlocked.Increment(ref _pending) > _most)
        {
            Interlocked.Decrement(ref _pending);
            throw RequestProblem.Busy(1);
        }
        try
        {
            if (!await _cores.WaitAsync(TimeSpan.FromSeconds(seconds), cancel).ConfigureAwait(false))
                throw new RequestProblem(StatusCodes.Status504GatewayTimeout,
                    FormattableString.Invariant(
                        $"The request was not answered within {seconds:0.###} seconds and was given up."));
            try
            {
                return await Task.Run(() => Run(inputs, wanted), CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                _cores.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _pending);
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _cores.Dispose();
    }

    private void Check(IReadOnlyList<InferTensor> inputs)
    {
        if (_session.Inputs.FirstOrDefault(i => inputs.All(g => g.Name != i.Name)) is { } missing)
            throw Bad($"The input '{missing.Name}' is missing.");
        foreach (var given in inputs)
        {
            var input = _session.Inputs.FirstOrDefault(i => i.Name == given.Name)
                ?? throw Bad($"There is no input '{given.Name}'; the model has {_session.Inputs.Select(i => i.Name).Quoted()}.");
            if (given.Type.Onnx != input.Type)
                throw Bad($"'{given.Name}' is {given.Type.Name} and must be {TensorType.Find(input.Type)!.Name}.");
            if (given.Shape.Length != input.Shape.Length
                || input.Shape.Zip(given.Shape).Any(d => d.First >= 0 && d.First != d.Second))
                throw Bad($"'{given.Name}' is [{string.Join(", ", given.Shape)}] and must be [{string.Join(", ", input.Shape)}], where -1 may be any.");
        }
    }

    private List<InferTensor> Run(IReadOnlyList<InferTensor> inputs, IReadOnlyList<string> wanted)
    {
        var values = new List<OrtValue>();
        using var run = new RunOptions();
        try
        {
            values.AddRange(inputs.Select(ToValue));
            using var results = _session.Session.Run(run, [.. inputs.Select(i => i.Name)], values, wanted);
            return [.. wanted.Select((name, i) => OfValue(name, results[i]))];
        }
        catch (OnnxRuntimeException e)
        {
            throw Bad($"The model refuses the request: {RuntimeReason.Of(e)}.");
        }
        finally
        {
            values.ForEach(v => v.Dispose());
        }
    }

    private static OrtValue ToValue(InferTensor tensor)
    {
        if (tensor.Type.Size > 0)
        {
            var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance,
                (TensorElementType)tensor.Type.Onnx, tensor.Shape);
            tensor.Raw.Span.CopyTo(value.GetTensorMutableRawData());
            return value;
        }
        var elements = tensor.Elements()
            ?? throw Bad($"The lengths of the elements of '{tensor.Name}' do not fit its data and shape.");
        var texts = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, tensor.Shape);
        for (var i = 0; i < elements.Count; i++)
            texts.StringTensorSetElementAt(elements[i].AsSpan(), i);
        return texts;
    }

    private static InferTensor OfValue(string name, OrtValue value)
    {
        if (!value.IsTensor)
            throw Bad($"The output '{name}' is no tensor; name the outputs that are.");
        var info = value.GetTensorTypeAndShape();
        var type = TensorType.Find((TensorProto.Types.DataType)info.ElementDataType)
            ?? throw Bad($"The output '{name}' is {info.ElementDataType}, which the protocol cannot carry.");
        return type.Size > 0 ? new(name, type, info.Shape, value.GetTensorMutableRawData().ToArray())
            : InferTensor.OfElements(name, info.Shape,
                [.. value.GetStringTensorAsArray().Select(System.Text.Encoding.UTF8.GetBytes)]);
    }

    private static RequestProblem Bad(string sentence) => new(StatusCodes.Status400BadRequest, sentence);
}
