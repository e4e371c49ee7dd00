using System.CommandLine;
using FaceBias.Core.Heads.Finetune;
using FaceBias.Onnx.Runtime;
using FaceBias.Onnx.Training;

namespace FaceBias.Cli.Commands;

/// <summary>The options of <c>facebias train</c> that fine-tune the backbone.</summary>
internal sealed class FinetuneArguments
{
    private static readonly FinetuneOptions s_defaults = new();

    private readonly Option<string> _scope = new("--finetune")
    { Description = "What is trained: head (the backbone stays frozen), last:N layers, or all.", DefaultValueFactory = _ => "head", HelpName = "head|last:N|all" };
    private readonly Option<int> _epochs = new("--finetune-epochs")
    { Description = "Maximum number of epochs of fine-tuning.", DefaultValueFactory = _ => s_defaults.Epochs };
    private readonly Option<double> _rate = new("--finetune-rate")
    { Description = "Highest learning rate of the heads in fine-tuning.", DefaultValueFactory = _ => s_defaults.LearningRate };
    private readonly Option<double> _multiplier = new("--backbone-lr-multiplier")
    { Description = "Learning rate of the backbone's last layer, as a multiple of --finetune-rate.", DefaultValueFactory = _ => s_defaults.BackboneLearningRateMultiplier };
    private readonly Option<double> _decay = new("--layer-decay")
    { Description = "Share of each layer's rate for the layer before it.", DefaultValueFactory = _ => s_defaults.LayerDecay };
    private readonly Option<int> _batch = new("--batch-size")
    { Description = "Images per step of fine-tuning.", DefaultValueFactory = _ => s_defaults.BatchSize };
    private readonly Option<int> _accumulate = new("--accumulation-steps")
    { Description = "Steps whose gradients are averaged before the weights are updated.", DefaultValueFactory = _ => s_defaults.AccumulationSteps };
    private readonly Option<string> _device = new("--device")
    { Description = "Where fine-tuning runs: cpu or cuda.", DefaultValueFactory = _ => "cpu", HelpName = "cpu|cuda" };
    private readonly Option<string> _precision = new("--precision")
    { Description = "Numbers of fine-tuning: float32, or with --device cuda mixed (products in 16 bits).", DefaultValueFactory = _ => "float32", HelpName = "float32|mixed" };
    private readonly Option<double> _ema = new("--ema-decay")
    { Description = "Decay of the exponential moving average of the weights, which is what is kept; 0 for none.", DefaultValueFactory = _ => s_defaults.EmaDecay };
    private readonly Option<string> _augment = new("--augment")
    { Description = "Random changes of the training images: none, mirror, light or strong.", DefaultValueFactory = _ => s_defaults.Augment };
    private readonly Option<int> _views = new("--views")
    { Description = "With last:N: versions of each image whose way through the frozen layers is kept on disk (2: as it is and mirrored); 0 for none.", DefaultValueFactory = _ => s_defaults.Views };
    private readonly Option<bool> _batchNorm = new("--train-batch-norm")
    { Description = "Let batch norms of trained layers use the statistics of the batch." };
    private readonly Option<bool> _resume = new("--resume")
    { Description = "Resume the fine-tuning in --out; refused if there is none with the same options." };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _scope, _epochs, _rate, _multiplier, _decay, _batch, _accumulate, _ema, _augment, _views, _batchNorm, _device, _precision, _resume })
            command.Options.Add(option);
    }

    /// <summary>The options, or null if only heads are trained.</summary>
    public FinetuneOptions? Read(ParseResult parsed) => new FinetuneOptions
    {
        Epochs = parsed.GetValue(_epochs),
        LearningRate = parsed.GetValue(_rate),
        BackboneLearningRateMultiplier = parsed.GetValue(_multiplier),
        LayerDecay = parsed.GetValue(_decay),
        BatchSize = parsed.GetValue(_batch),
        AccumulationSteps = parsed.GetValue(_accumulate),
        EmaDecay = parsed.GetValue(_ema),
        Augment = parsed.GetValue(_augment)!,
        Precision = parsed.GetValue(_precision) switch
        {
            "float32" => TrainingPrecision.Float32,
            "mixed" => TrainingPrecision.Mixed,
            var other => throw new FaceBiasException($"--precision must be float32 or mixed, not '{other}'."),
        },
        Views = parsed.GetValue(_views),
        BatchNorm = parsed.GetValue(_batchNorm) ? BatchNormMode.Training : BatchNormMode.Frozen,
    }.WithScope(parsed.GetValue(_scope)!);

    /// <summary>Whether there must be something to resume.</summary>
    public bool Resume(ParseResult parsed) => parsed.GetValue(_resume);

    /// <summary>The device.</summary>
    /// <exception cref="FaceBiasException">There is none of that name.</exception>
    public ExecutionDevice Device(ParseResult parsed) => parsed.GetValue(_device) switch
    {
        "cpu" => ExecutionDevice.Cpu,
        "cuda" => ExecutionDevice.Cuda,
        var other => throw new FaceBiasException($"--device must be cpu or cuda, not '{other}'."),
    };
}
