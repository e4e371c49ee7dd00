using System.Diagnostics;

namespace FaceBias.Core.Heads.Finetune;

/// <summary>What a fine-tuning takes: parameters and memory before it starts, and an epoch's time once ten steps have
/// shown it.</summary>
internal sealed class FinetuneCost(FinetuneNetwork network, long bytes, int steps, int batch)
{
    /// <summary>The first step also makes room; these are timed after it.</summary>
    private const int Timed = 10;

    private readonly Stopwatch _clock = new();
    private int _taken;
    private string _pace = "";

    /// <summary>Known before the first step.</summary>
    public string Expected => string.Create(CultureInfo.InvariantCulture,
        $"{network.ParameterCount:N0} parameters in {network.TrainedLayers} of {network.AllLayers} layers, at least "
            + $"{bytes / 1e9:0.0} GB of memory, {steps:N0} steps of {batch} images per epoch");

    /// <summary>Counts a step and says how long an epoch of them takes; nothing before that is known.</summary>
    public string AfterStep()
    {
        if (_taken++ == 0)
            _clock.Start();
        else if (_taken == Timed + 1)
            _pace = string.Create(CultureInfo.InvariantCulture,
                $", {_clock.Elapsed.TotalSeconds / Timed * steps:0.#} s of steps per epoch");
        return _pace;
    }
}
