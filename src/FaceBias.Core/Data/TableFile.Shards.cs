using DuckDB.NET.Data;
using FaceBias.Primitives.Tables;
using static FaceBias.Core.Data.DuckTables;

namespace FaceBias.Core.Data;

public static partial class TableFile
{
    /// <summary>The column of vectors of a shard.</summary>
    internal const string VectorColumn = "vector";

    /// <summary>Writes a table to Parquet by its columns' types alone: text VARCHAR, numbers DOUBLE, those of
    /// <paramref name="whole"/> BIGINT, so that the files of all shards have one schema whatever their values
    /// are.</summary>
    /// <param name="whole">The column of whole numbers.</param>
    /// <param name="vectors">A vector per row, laid end to end, as the column <see cref="VectorColumn"/> FLOAT[]; null
    /// for none. A row of NaN is written as null.</param>
    internal static void WriteShard(string path, Table table, string whole, float[]? vectors)
    {
        using var connection = Open();
        Store(connection, table, escape: false, c => c.Name == whole, vectors);
        var columns = table.Columns.Select((c, i) => $"c{i} AS {Identifier(c.Name)}")
            .Concat(vectors is null ? [] : [$"v AS {VectorColumn}"]);
        Copy(connection, $"SELECT {string.Join(", ", columns)} FROM t", path, Options(".parquet"));
    }

    /// <summary>Reads what <see cref="WriteShard"/> wrote.</summary>
    /// <exception cref="FaceBiasException">It is no such file.</exception>
    internal static (Table Table, float[]? Vectors) ReadShard(string path)
    {
        try
        {
            using var connection = Open();
            var source = $"read_parquet({FileLiteral(path)})";
            var hasVectors = Describe(connection, source).Names.Contains(VectorColumn);
            var plain = hasVectors ? $"(SELECT * EXCLUDE ({VectorColumn}) FROM {source})" : source;
            var (names, select) = Describe(connection, plain);
            var table = new Table(Fetch(connection, path, names, select, plain)) { Origin = $"'{path}'" };
            return (table, hasVectors ? Vectors(connection, source, table.RowCount) : null);
        }
        catch (DuckDBException e)
        {
            throw new FaceBiasException($"'{path}' is no whole Parquet file: {FirstLine(e.Message)}.", e);
        }
    }

    private static float[] Vectors(DuckDBConnection connection, string source, int rows)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT max(len({VectorColumn})) FROM {source}";
        var width = command.ExecuteScalar() is long known ? (int)known : 0;
        var vectors = new float[(long)rows * width];
        Array.Fill(vectors, float.NaN);
        command.CommandText = $"SELECT {VectorColumn} FROM {source}";
        command.UseStreamingMode = true;
        using var reader = command.ExecuteReader();
        for (var row = 0; reader.Read(); row++)
        {
            if (!reader.IsDBNull(0))
                reader.GetFieldValue<List<float>>(0).CopyTo(vectors, row * width);
        }
        return vectors;
    }
}
