using System.Diagnostics;
using System.Text;
using FaceBias.Core.Data;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Data;

public class NpyTests
{
    private static string New() => Path.Combine(TestPaths.NewFolder(), "a.npy");

    private static string Raw(string descr, string order, string shape, byte[] data, byte version = 1)
    {
        var text = $"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n";
        var path = New();
        byte[] length = version == 1 ? [(byte)text.Length, 0] : [(byte)text.Length, 0, 0, 0];
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, version, 0, .. length, .. Encoding.UTF8.GetBytes(text), .. data]);
        return path;
    }

    [Fact]
    public void What_is_written_is_read_and_mapped()
    {
        var path = New();
        float[] values = [1, 2.5f, -3, float.NaN, 1e-30f, 6];
        Npy.Write(path, values, 2, 3);
        var back = Npy.Read(path);
        Assert.Equal([2, 3], back.Shape);
        Assert.Equal("f4", back.Kind);
        Assert.Equal(values.Select(v => (double)v), back.Values);
        using var matrix = NpyMatrix.Open(path);
        Assert.Equal((2, 3), (matrix.Rows, matrix.Columns));
        Assert.Equal(values[3..], matrix.Row(1).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Row(2).Length);
        Assert.Equal(0, new FileInfo(path).Length % 8);
        Npy.Write(path = New(), new long[] { 1, long.MinValue }, 2);
        Assert.Equal([1, long.MinValue], Npy.Read(path).Values);
        Npy.Write(path = New(), new[] { Math.PI });
        Assert.Equal((0, Math.PI), (Npy.Read(path).Shape.Length, Npy.Read(path).Values[0]));
    }

    [Fact]
    public void Rows_can_be_appended()
    {
        var path = New();
        using (var writer = new NpyMatrixWriter(path, 3, 2))
        {
            writer.Append([1, 2, 3, 4]);
            writer.Append([5, 6]);
            Assert.Throws<ArgumentException>(() => writer.Append([7, 8]));
        }
        using var matrix = NpyMatrix.Open(path);
        Assert.Equal([5, 6], matrix.Row(2).ToArray());
    }

    [Theory]
    [InlineData("<f2", new byte[] { 0, 0x3C, 0, 0xC0 }, 1, -2)]
    [InlineData(">f4", new byte[] { 0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0 }, 1, -2)]
    [InlineData("|i1", new byte[] { 1, 0xFE }, 1, -2)]
    [InlineData("|u1", new byte[] { 1, 0xFE }, 1, 254)]
    [InlineData("<i2", new byte[] { 1, 0, 0xFE, 0xFF }, 1, -2)]
    [InlineData(">u2", new byte[] { 0, 1, 1, 0 }, 1, 256)]
    [InlineData("<i4", new byte[] { 1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF }, 1, -2)]
    [InlineData("<u4", new byte[] { 1, 0, 0, 0, 0, 0, 0, 0x80 }, 1, 2147483648)]
    [InlineData("<u8", new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0 }, 1, 4294967296)]
    [InlineData("|b1", new byte[] { 1, 0 }, 1, 0)]
    public void Every_type_is_read(string descr, byte[] data, double first, double second)
    {
        foreach (byte version in new byte[] { 1, 2, 3 })
            Assert.Equal([first, second], Npy.Read(Raw(descr, "False", "(2,)", data, version)).Values);
    }

    [Fact]
    public void Fortran_order_becomes_c_order()
    {
        var read = Npy.Read(Raw("|u1", "True", "(2, 3)", [1, 4, 2, 5, 3, 6]));
        Assert.Equal([1, 2, 3, 4, 5, 6], read.Values);
    }

    [Fact]
    public void Damage_is_one_sentence()
    {
        Assert.Contains("There is no file", Message("none.npy"), StringComparison.Ordinal);
        Assert.Contains("no dimension", Message(Raw("<f4", "False", "(2, -3)", [])), StringComparison.Ordinal);
        Assert.Contains("impossibly large", Message(Raw("<f4", "False", "(2147483647, 2147483647, 9)", [])),
            StringComparison.Ordinal);
        Assert.Contains("promises 8 bytes", Message(Raw("<f4", "False", "(2,)", [1, 2, 3])), StringComparison.Ordinal);
        Assert.Contains("type 'O8'", Message(Raw("|O8", "False", "(2,)", [])), StringComparison.Ordinal);
        Assert.Contains("type 'O'", Message(Raw("|O", "False", "(2,)", [])), StringComparison.Ordinal);
        Assert.Contains("lacks descr", Message(Raw("<f4", "Perhaps", "(2,)", [])), StringComparison.Ordinal);
        var path = New();
        File.WriteAllText(path, "hello");
        Assert.Contains("no .npy file", Message(path), StringComparison.Ordinal);
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0, 0xFF, 0xFF, 1, 2, 3]);
        Assert.Contains("within its header", Message(path), StringComparison.Ordinal);
        Npy.Write(path, new float[6], 6);
        Assert.Contains("matrix of float32 is needed",
            Assert.Throws<FaceBiasException>(() => NpyMatrix.Open(path)).Message, StringComparison.Ordinal);
        static string Message(string path) => Assert.Throws<FaceBiasException>(() => Npy.Read(path)).Message;
    }

    [Fact]
    public void Numpy_reads_what_is_written()
    {
        var path = New();
        Npy.Write(path, new float[] { 1, 2, 3, 4, 5, 6 }, 3, 2);
        try
        {
            using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3",
                ["-c", "import numpy, sys; a = numpy.load(sys.argv[1]); print(a.dtype, a.shape, a[2, 1])", path])
                    { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = python.StandardOutput.ReadToEnd().Trim();
            python.WaitForExit();
            Assert.SkipUnless(python.ExitCode == 0, "needs a Python with numpy");
            Assert.Equal("float32 (3, 2) 6.0", output);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("needs Python");
        }
    }
}
