// A page and an API for one model:  dotnet run --project samples/web -- --model runs/first/model.onnx
using FaceBias;
using FaceBias.Samples.Web;

try
{
    await FaceWeb.Create(args).RunAsync();
    return 0;
}
catch (FaceBiasException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
