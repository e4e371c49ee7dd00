using System.IO.Compression;
using System.Text;

namespace FaceBias.Exporting;

/// <summary>A model zip of ML.NET 5, as its <c>mlContext.Model.Save</c> would write it for an exported project:
/// a key for the label, the project's own preparation of pictures, the ONNX graph, the project's own names of its
/// output. Written without ML.NET, so that the zip is there before the project is first built. A test has ML.NET read
/// it and write it again, and compares the bytes.</summary>
/// <param name="space">Namespace and assembly of the project.</param>
/// <param name="name">The model's class.</param>
/// <param name="classes">Labels in the order of the scores; null for a number.</param>
internal sealed class ModelZip(string space, string name, IReadOnlyList<string>? classes)
{
    private const string Pixels = "pixels", Output = "FaceBiasOutput", Chain = "TransformerChain";

    // What makes a zip of one model the same each time.
    private static readonly DateTimeOffset s_time = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <param name="graph">The ONNX graph, from <c>pixels</c> to <c>FaceBiasOutput</c>.</param>
    /// <param name="version">The version of ML.NET that the project refers to.</param>
    public void Write(string file, byte[] graph, int[] input, int width, string version) =>
        AtomicFile.Write(file, temporary =>
        {
            using var zip = ZipFile.Open(temporary, ZipArchiveMode.Create);
            void Put(string entry, byte[] content)
            {
                var at = zip.CreateEntry(entry);
                at.LastWriteTime = s_time;
                using var stream = at.Open();
                stream.Write(content);
            }
            Put("TrainingInfo/Version.txt", Encoding.UTF8.GetBytes(version + "\n"));
            var steps = 0;
            string Step() => $"{Chain}/Transform_{steps++:000}";
            if (classes is not null)
            {
                var step = Step();
                Put($"{step}/Vocabulary/Terms.txt", Encoding.UTF8.GetBytes($"# Number of terms = {classes.Count}\n"
                    + string.Concat(classes.Select((c, i) => $"{i}\t{c}\n"))));
                Put($"{step}/Vocabulary/Model.key", Key("TERM MAN", 2, "TermManager", "Microsoft.ML.Data", w =>
                {
                    w.Ints(1);
                    w.Bytes(0);
                    w.Ints(classes.Count);
                    w.Texts([.. classes]);
                }));
                Put($"{step}/Model.key", Key("TERMTRNF", 3, "TermTransform", "Microsoft.ML.Data", w =>
                {
                    w.Ints(1);
                    w.Texts("Label", "Label");
                    w.Bytes(0);
                }));
            }
            Put($"{Step()}/Model.key", Custom("Pixels"));
            var network = Step();
            Put($"{network}/OnnxModel", [.. BitConverter.GetBytes(graph.Length), .. graph]);
            Put($"{network}/Model.key", Key("ONNXSCOR", 3, "OnnxTransform", "Microsoft.ML.OnnxTransformer", w =>
            {
                w.Ints(1);
                w.Texts(Pixels);
                w.Ints(1);
                w.Texts(Output);
                w.Ints(2);
                w.Texts(Pixels);
                w.Ints([input.Length, .. input]);
                w.Texts(Output);
                w.Ints(2, 1, width);
                const int protobufRecursion = 100;
                w.Ints(protobufRecursion);
            }));
            Put($"{Step()}/Model.key", Custom("Scores"));
            Put($"{Step()}/Model.key", Key("SELCOLST", 1, "SelectColumnsTransform", "Microsoft.ML.Data", w =>
            {
                w.Bytes(0, 0, 0);
                w.Ints(2);
                w.Texts(Pixels, Output);
            }));
            const int everywhere = 7;
            Put($"{Chain}/Model.key", Key("XF CHAIN", 1, Chain, "Microsoft.ML.Data",
                w => w.Ints([steps, .. Enumerable.Repeat(everywhere, steps)])));
            Put("Schema", Schema());
        });

    /// <summary>A step of the project's own, found by its contract.</summary>
    private byte[] Custom(string step) => Key("CUSTOMXF", 2, "CustomTransformer", "Microsoft.ML.Transforms",
        w => w.Texts($"{space}.{name}.{step}", $"{space}, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null"));

    /// <summary>A <c>Model.key</c>: 256 bytes of header, the content, the texts that it names by number, the assembly
    /// that reads it. See ModelHeader in Microsoft.ML.Core.</summary>
    private static byte[] Key(string signature, int version, string loader, string assembly, Action<Content> content)
    {
        const int header = 256;
        var body = new Content();
        content(body);
        var (model, texts) = (body.ToArray(), body.Pool);
        var chars = Encoding.Unicode.GetBytes(string.Concat(texts));
        var by = Encoding.Unicode.GetBytes(
            $"{assembly}, Version=1.0.0.0, Culture=neutral, PublicKeyToken=cc7b13ffcd2ddd51");
        long table = texts.Count == 0 ? 0 : header + model.Length, firstChar = table == 0 ? 0 : table + 8 * texts.Count;
        var reader = header + model.Length + 8 * texts.Count + chars.Length;
        using var to = new MemoryStream();
        using var w = new BinaryWriter(to);
        w.Write("ML\0MODEL"u8);
        w.Write(0x00010002);
        w.Write(0x00010002);
        foreach (var place in (long[])[header, model.Length, table, 8 * texts.Count, firstChar, chars.Length])
            w.Write(place);
        w.Write(Encoding.ASCII.GetBytes(signature.Replace(' ', '\0')));
        w.Write(0x00010000 + version);
        w.Write(0x00010000 + version);
        w.Write(Encoding.ASCII.GetBytes(loader.PadRight(48, '\0')));
        foreach (var place in (long[])[reader + by.Length, reader + by.Length + 8, reader, by.Length])
            w.Write(place);
        w.Write(new byte[header - to.Length]);
        w.Write(model);
        long end = 0;
        foreach (var text in texts)
            w.Write(end += 2 * text.Length);
        w.Write(chars);
        w.Write(by);
        w.Write("LEDOM\0LM"u8);
        return to.ToArray();
    }

    /// <summary>The columns Label and ImageSource as a binary data view without rows. See Header and
    /// ReadTableOfContents in Microsoft.ML.Data.</summary>
    private byte[] Schema()
    {
        const long header = 256;
        using var to = new MemoryStream();
        using var w = new BinaryWriter(to);
        w.Write("CML\0DVB\0"u8);
        w.Write(0x0001000100010006);
        w.Write(0x0001000100010006);
        w.Write(header);
        var tail = to.Position;
        w.Write(0L);
        w.Write(0L);
        w.Write(2);
        w.Write(new byte[header - to.Length]);
        Column("Label", classes is null ? "Single" : "TextSpan", []);
        // A vector of bytes of any length: the codec of its items, the number of its dimensions, their lengths.
        Column("ImageSource", "VBuffer", [4, .. "Byte"u8, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        var end = to.Position;
        w.Write("\0BVD\0LMC"u8);
        to.Position = tail;
        w.Write(end);
        return to.ToArray();

        void Column(string column, string codec, byte[] parameters)
        {
            w.Write(column);
            w.Write(codec);
            w.Write7BitEncodedInt(parameters.Length);
            w.Write(parameters);
            const byte deflate = 1, rowsPerBlock = 1;
            w.Write(deflate);
            w.Write(rowsPerBlock);
            w.Write(header);
            const long annotations = 0;
            w.Write(annotations);
        }
    }

    /// <summary>The content of a <c>Model.key</c> and the texts that it names.</summary>
    private sealed class Content
    {
        private readonly List<byte> _bytes = [];

        /// <summary>The texts, in the order of their numbers.</summary>
        public List<string> Pool { get; } = [];

        public void Bytes(params byte[] values) => _bytes.AddRange(values);

        public void Ints(params int[] values) => _bytes.AddRange(values.SelectMany(BitConverter.GetBytes));

        public void Texts(params string[] values)
        {
            foreach (var value in values)
            {
                if (!Pool.Contains(value))
                    Pool.Add(value);
                Ints(Pool.IndexOf(value));
            }
        }

        public byte[] ToArray() => [.. _bytes];
    }
}
