using System.Security.Cryptography;
using FaceBias.Core.Imaging;
using FaceBias.MLNet.Evaluation;
using FaceBias.MLNet.Scoring;
using FaceBias.Primitives.Hashing;

namespace FaceBias.MLNet.Training;

/// <summary>The pictures of a trainer's rows as files: those that the rows name, or copies of what the rows
/// hold.</summary>
/// <param name="Paths">The file of each row.</param>
/// <param name="Sha256">Its SHA-256.</param>
/// <param name="Problems">Why it cannot be read, or null.</param>
internal sealed record TrainingPictures(string[] Paths, Digest[] Sha256, string?[] Problems)
{
    /// <summary>Reads the column, and others in the same pass.</summary>
    /// <param name="others">The other columns.</param>
    /// <param name="imageFolder">The folder of relative paths.</param>
    /// <param name="copies">Where pictures that are no files go.</param>
    /// <exception cref="ArgumentException">There is no such column, or it holds no pictures.</exception>
    public static (TrainingPictures Pictures, MemoryView Others) Read(IDataView data, IEnumerable<string> others,
        string columnName, string imageFolder, string copies, CancellationToken cancel)
    {
        var column = data.Schema.GetColumnOrNull(columnName)
            ?? throw new ArgumentException(
                $"The data have no column '{columnName}'; they have "
                    + $"{data.Schema.Select(c => c.Name).Distinct().Quoted()}.");
        if (!RowInput.IsPicture(column.Type))
            throw new ArgumentException(
                $"Column '{columnName}' is of type {column.Type}; pictures are text (paths), vectors of Byte (whole "
                    + "files) or MLImage.");
        var paths = new List<string>();
        var view = MemoryView.Read(data, others, column, cursor =>
        {
            var next = Reader(cursor, column, imageFolder, copies, () => paths.Count);
            return () =>
            {
                cancel.ThrowIfCancellationRequested();
                paths.Add(next());
            };
        });
        var (hashes, problems) = (new Digest[paths.Count], new string?[paths.Count]);
        Parallel.For(0, paths.Count,
            new() { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            if (paths[i].Length == 0)
                problems[i] = "the row has no picture";
            else if (ImageDecoder.TryReadFile(paths[i], out var bytes, out var problem))
                hashes[i] = new(SHA256.HashData(bytes));
            else
                problems[i] = problem;
        });
        return (new([.. paths], hashes, problems), view);
    }

    /// <summary>These, then others.</summary>
    public TrainingPictures Then(TrainingPictures other) =>
        new([.. Paths, .. other.Paths], [.. Sha256, .. other.Sha256], [.. Problems, .. other.Problems]);

    private static Func<string> Reader(DataViewRowCursor cursor, DataViewSchema.Column column, string imageFolder,
        string copies, Func<int> row)
    {
        if (column.Type is TextDataViewType)
        {
            var path = cursor.GetGetter<ReadOnlyMemory<char>>(column);
            var folder = Path.GetFullPath(imageFolder.Length > 0 ? imageFolder : ".");
            return () =>
            {
                ReadOnlyMemory<char> text = default;
                path(ref text);
                return text.IsEmpty ? "" : Path.Combine(folder, text.ToString());
            };
        }
        Directory.CreateDirectory(copies);
        if (column.Type is VectorDataViewType)
        {
            var file = cursor.GetGetter<VBuffer<byte>>(column);
            return () =>
            {
                VBuffer<byte> bytes = default;
                file(ref bytes);
                var path = Path.Combine(copies, $"{row()}");
                File.WriteAllBytes(path, [.. bytes.DenseValues()]);
                return path;
            };
        }
        var image = cursor.GetGetter<MLImage>(column);
        return () =>
        {
            MLImage picture = null!;
            image(ref picture);
            if (picture is null)
                return "";
            var path = Path.Combine(copies, $"{row()}.png");
            picture.Save(path);
            return path;
        };
    }
}
