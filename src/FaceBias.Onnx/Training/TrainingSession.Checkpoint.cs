namespace FaceBias.Onnx.Training;

internal sealed partial class TrainingSession
{
    /// <summary>Writes parameters, optimizer state and step count as a safetensors file, under a temporary name first.
    /// A session of the same model and options that loads it resumes bit for bit.</summary>
    public void SaveCheckpoint(string path, string progress = "")
    {
        var tensors = _graph.Variables.Select((v, i) =>
            new Safetensors.Entry(v.Input, v.Shape, Read(Variable(i)))).ToArray();
        Safetensors.Write(path, tensors, new Dictionary<string, string>
        {
            ["step"] = StepCount.ToString(CultureInfo.InvariantCulture),
            ["seed"] = _options.Seed.ToString(CultureInfo.InvariantCulture),
            ["optimizer"] = _optimizer.GetType().Name,
            ["progress"] = progress,
            ["scale"] = string.Create(CultureInfo.InvariantCulture,
                $"{_lossScale.Value:R} {_lossScale.Finite} {_lossScale.Skipped}"),
        });
    }

    /// <summary>The progress that was given to <see cref="SaveCheckpoint"/>, without loading the rest.</summary>
    /// <exception cref="FaceBiasException">The file is missing or damaged.</exception>
    public static string ReadProgress(string path) => Safetensors.Read(path).Metadata.GetValueOrDefault("progress", "");

    /// <summary>Takes up what <see cref="SaveCheckpoint"/> wrote.</summary>
    /// <exception cref="FaceBiasException">The file is missing or damaged, or belongs to another model, optimizer or
    /// seed; the session is unchanged then.</exception>
    public void LoadCheckpoint(string path)
    {
        var (tensors, metadata) = Safetensors.Read(path);
        var step = Expect("step", null);
        Expect("optimizer", _optimizer.GetType().Name);
        Expect("seed", _options.Seed.ToString(CultureInfo.InvariantCulture));
        if (!long.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            throw new FaceBiasException(
                $"The checkpoint '{path}' is damaged: its step is '{step}'; delete it to start anew.");
        var entries = tensors.ToDictionary(t => t.Name);
        foreach (var v in _graph.Variables)
            if (!entries.TryGetValue(v.Input, out var entry) || !entry.Shape.AsSpan().SequenceEqual(v.Shape))
                throw new FaceBiasException(
                    $"The checkpoint '{path}' belongs to another model: it has no '{v.Input}' of shape "
                        + $"[{string.Join(',', v.Shape)}]; " +
                    "delete it to start anew.");
        for (var i = 0; i < _graph.Variables.Count; i++)
            Write(Variable(i), entries[_graph.Variables[i].Input].Values);
        StepCount = count;
        // A checkpoint from before there was a scale begins with the usual one.
        if (metadata.TryGetValue("scale", out var scale) && scale.Split(' ') is [var value, var finite, var skipped]
            && float.TryParse(value, CultureInfo.InvariantCulture, out var number) && number >= 1
            && int.TryParse(finite, NumberStyles.None, CultureInfo.InvariantCulture, out var steps)
            && long.TryParse(skipped, NumberStyles.None, CultureInfo.InvariantCulture, out var undone))
            _lossScale = new(number, steps, undone);

        string Expect(string key, string? value)
        {
            if (!metadata.TryGetValue(key, out var found))
                throw new FaceBiasException(
                    $"'{path}' is not a training checkpoint: it does not say its {key}; choose another file.");
            if (value is not null && found != value)
                throw new FaceBiasException(
                    $"The checkpoint '{path}' was made with {key} {found}, not {value}; use that or start anew.");
            return found;
        }
    }
}
