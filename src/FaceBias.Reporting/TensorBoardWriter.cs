using Google.Protobuf;

namespace FaceBias.Reporting;

/// <summary>Writes losses, metrics and texts as an event file that TensorBoard reads (<c>tensorboard --logdir
/// FOLDER</c>). An existing file of the folder is continued: a record cut off by an interruption is dropped, and so is
/// everything from the step at which training resumes.</summary>
/// <remarks>The messages (tensorflow/core/util/event.proto, framework/summary.proto and tensor.proto) are few and
/// stable, so they are written field by field; the field numbers stand beside each. Not safe for several threads at
/// once.</remarks>
internal sealed partial class TensorBoardWriter : IDisposable
{
    private const string Suffix = ".facebias";

    private readonly FileStream _stream;

    private TensorBoardWriter(FileStream stream) => _stream = stream;

    /// <summary>The event file.</summary>
    public string Path => _stream.Name;

    /// <summary>Starts or continues the event file of a folder, which is made if absent.</summary>
    /// <param name="folder">The folder, one per run.</param>
    /// <param name="resumeFromStep">The first step that will be written again; records of this step and later ones are
    /// dropped. Null keeps all.</param>
    /// <exception cref="FaceBiasException">The folder cannot be written.</exception>
    public static TensorBoardWriter Open(string folder, long? resumeFromStep = null)
    {
        try
        {
            Directory.CreateDirectory(folder);
            // The newest by name: the name starts with the time of its making.
            var existing = Directory.EnumerateFiles(folder, $"events.out.tfevents.*{Suffix}")
                .Max(StringComparer.Ordinal);
            var path = existing ?? System.IO.Path.Combine(
                folder, string.Create(CultureInfo.InvariantCulture,
                    $"events.out.tfevents.{DateTimeOffset.UtcNow.ToUnixTimeSeconds():0000000000}{Suffix}"));
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            try
            {
                var end = KeptLength(stream, resumeFromStep ?? long.MaxValue);
                stream.SetLength(end);
                stream.Position = end;
                var writer = new TensorBoardWriter(stream);
                if (end == 0)
                    // Event: file_version = 3. TensorBoard wants it first.
                    writer.Write(0, null,
                        e => { e.WriteTag(3, WireFormat.WireType.LengthDelimited); e.WriteString("brain.Event:2"); });
                return writer;
            }
            catch
            {
                stream.Dispose();
                throw;
            }
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw Failed(folder, e);
        }
    }

    /// <summary>Adds a point of a curve.</summary>
    /// <param name="tag">The curve: "loss/train". Parts before a slash group curves.</param>
    /// <param name="value">The value; NaN is shown as a gap with a mark.</param>
    /// <param name="step">The epoch or batch, not below 0.</param>
    /// <param name="wallTime">When; now if null.</param>
    public void Scalar(string tag, double value, long step, DateTimeOffset? wallTime = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        Value(tag, step, wallTime, v =>
        {
            v.WriteTag(2, WireFormat.WireType.Fixed32); // Value: simple_value
            v.WriteFloat((float)value);
        });
    }

    /// <summary>Writes what is left and closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private void Value(string tag, long step, DateTimeOffset? wallTime, Action<CodedOutputStream> content) =>
        Write(step, wallTime, e => Message(e, 5, summary => Message(summary, 1, value => // Event: summary.value
        {
            value.WriteTag(1, WireFormat.WireType.LengthDelimited); // Value: tag
            value.WriteString(tag);
            content(value);
        })));

    private void Write(long step, DateTimeOffset? wallTime, Action<CodedOutputStream> content)
    {
        var at = wallTime ?? DateTimeOffset.UtcNow;
        var data = Bytes(e =>
        {
            e.WriteTag(1, WireFormat.WireType.Fixed64); // Event: wall_time in seconds
            e.WriteDouble((at - DateTimeOffset.UnixEpoch).TotalSeconds);
            e.WriteTag(2, WireFormat.WireType.Varint); // Event: step
            e.WriteInt64(step);
            content(e);
        });
        try
        {
            _stream.Write(TensorBoardRecord.Frame(data));
        }
        catch (IOException e)
        {
            throw Failed(Path, e);
        }
    }

    private static void Message(CodedOutputStream output, int field, Action<CodedOutputStream> content)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(Bytes(content)));
    }

    private static byte[] Bytes(Action<CodedOutputStream> content)
    {
        using var buffer = new MemoryStream();
        using (var output = new CodedOutputStream(buffer, leaveOpen: true))
            content(output);
        return buffer.ToArray();
    }

    /// <summary>How much of the file stays: whole records, up to the first of a step that will be written
    /// again.</summary>
    private static long KeptLength(FileStream stream, long beforeStep)
    {
        long end = 0;
        while (TensorBoardRecord.Read(stream) is { } data && StepOf(data) is { } step && step < beforeStep)
            end = stream.Position;
        return end;
    }

    /// <summary>The step of an event; the event that names the version has none and stays in any case. Null for data
    /// that is no event.</summary>
    private static long? StepOf(byte[] data)
    {
        long step = 0;
        var isVersion = false;
        try
        {
            var input = new CodedInputStream(data);
            for (uint tag; (tag = input.ReadTag()) != 0;)
                switch (WireFormat.GetTagFieldNumber(tag))
                {
                    case 2: step = input.ReadInt64(); break;
                    case 3: isVersion = true; input.SkipLastField(); break;
                    default: input.SkipLastField(); break;
                }
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
        return isVersion ? long.MinValue : step;
    }

    private static FaceBiasException Failed(string path, Exception e) => new(
        $"Cannot write TensorBoard events to '{path}': {e.Message.TrimEnd('.')}; free some disk space or choose "
            + $"another ‹Out›.", e);
}
