using System.Diagnostics;
using System.Globalization;

namespace FaceBias.Benchmarks.Training;

/// <summary>A process that runs PyTorch's steps on demand.</summary>
internal sealed class TorchSteps : IDisposable
{
    private readonly Process _process;

    public TorchSteps(string model, int threads)
    {
        var start = PeerProcess.Python("torch_steps.py", model, threads.ToString(CultureInfo.InvariantCulture));
        _process = Process.Start(start)!;
        if (Read() != "ready")
            throw new InvalidOperationException("PyTorch did not start; set FACEBIAS_PYTHON to a Python that has it.");
    }

    /// <summary>Runs a step and returns its milliseconds by the clock and of processor time.</summary>
    public (double Clock, double Cpu) Step()
    {
        _process.StandardInput.WriteLine("step");
        _process.StandardInput.Flush();
        var times = Read()!.Split(' ');
        return (double.Parse(times[0], CultureInfo.InvariantCulture),
            double.Parse(times[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Ends the process and returns its peak memory in KB.</summary>
    public long Finish()
    {
        _process.StandardInput.WriteLine();
        _process.StandardInput.Flush();
        return long.Parse(Read()!, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string? Read() => _process.StandardOutput.ReadLine();
}
